"""The context decides: which cues bear on the words of a rule, from where, how far, and what each of them does."""

from __future__ import annotations

import pytest

from extractors.examples import Case, check
from extractors.rulebook import load_rules
from extractors.rulefiles import Example

RULES = {rule.name: rule for rule in load_rules()}


def assert_found(rule: str, example: Example) -> None:
    failure = check(Case("clauses", RULES[rule], 1, example))
    assert failure is None, failure.message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Le marché ne comporte pas de <ent rejected=negation>clause d'insertion</ent>.", id="ne pas de"),
        pytest.param("Le marché est passé sans <ent rejected=negation>clause d'insertion</ent>.", id="sans"),
        pytest.param("Aucune <ent rejected=negation>clause d'insertion</ent> n'est prévue.", id="aucune"),
        pytest.param("Ni variante ni <ent rejected=negation>clause d'insertion</ent>.", id="ni"),
        pytest.param("Il est dérogé à la <ent rejected=negation>clause d'insertion</ent> du CCAG.", id="dérogé"),
        pytest.param("Le lot 3 est exclu de la <ent rejected=negation>clause d'insertion</ent>.", id="exclu"),
        pytest.param("<ent rejected=negation>Clause d'insertion</ent> : sans objet", id="sans objet"),
        pytest.param("<ent rejected=negation>Clause d’insertion</ent>\u00a0: néant", id="néant"),
        pytest.param("<ent rejected=negation>Clause d'insertion</ent>   Sans", id="cell of a table"),
        pytest.param(
            "Clause sociale : oui ; <ent rejected=negation>clause\nd'insertion</ent> : non", id="item of a list"
        ),
    ],
)
def test_denial(text: str) -> None:
    assert_found("clause_insertion_nommee", Example(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Le lot 1 n'est pas alloti. Le lot 2 comporte une <ent>clause d'insertion</ent>.", id="sentence"),
        pytest.param("Sans objet pour le lot 1. La <ent>clause d'insertion</ent> lie le lot 2.", id="sentence after"),
        pytest.param(
            "La <ent>clause d'insertion</ent> concerne tous les lots ; le délai n'est pas prolongé.", id="far after"
        ),
        pytest.param(
            "Le titulaire n'est pas dispensé, pendant toute la durée du marché et de ses reconductions,"
            " de la <ent>clause d'insertion</ent>.",
            id="far before",
        ),
        pytest.param(
            "La <ent>clause d'insertion</ent> lie le titulaire, qui pourra se faire aider.", id="supposition after"
        ),
        pytest.param("La <ent>clause d'insertion</ent> lie le titulaire, même si le lot est résilié.", id="si after"),
    ],
)
def test_cue_out_of_reach(text: str) -> None:
    """Each cue has a side and a distance, and none goes beyond its sentence."""
    assert_found("clause_insertion_nommee", Example(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Le marché ne comporte pas de variante mais une <ent>clause d'insertion</ent>.", id="mais"),
        pytest.param(
            "Le lot 1 n'est pas réservé, toutefois il porte une <ent>clause d'insertion</ent>.", id="toutefois"
        ),
        pytest.param("Le lot 1 n'est pas alloti, cependant il a une <ent>clause d'insertion</ent>.", id="cependant"),
        pytest.param("Le lot n'est pas alloti, en revanche la <ent>clause d'insertion</ent> le lie.", id="en revanche"),
        pytest.param("Le lot 1 n'est pas réservé tandis que la <ent>clause d'insertion</ent> le lie.", id="tandis que"),
        pytest.param("Le lot 1 n'est pas réservé alors que la <ent>clause d'insertion</ent> le lie.", id="alors que"),
    ],
)
def test_stop_word_ends_the_reach_of_a_denial(text: str) -> None:
    assert_found("clause_insertion_nommee", Example(text))
    stop = next(s for s in ("mais", "toutefois", "cependant", "en revanche", "tandis que", "alors que") if s in text)
    failure = check(Case("clauses", RULES["clause_insertion_nommee"], 1, Example(text.replace(stop, "et"))))
    assert failure, "the stop word changes nothing here"
    assert "rejected=negation" in failure.found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sans préjudice des pénalités, la <ent>clause d'insertion</ent> est due.", id="sans préjudice"),
        pytest.param("Sans réserve, la <ent>clause d'insertion</ent> lie le titulaire.", id="sans réserve"),
        pytest.param("La <ent>clause d'insertion</ent> s'applique, sans exception.", id="sans exception"),
        pytest.param(
            "Le marché a non seulement une <ent>clause d'insertion</ent>, mais un critère.", id="non seulement"
        ),
        pytest.param(
            "En cas de groupement, la <ent>clause d'insertion</ent> lie chaque membre.", id="en cas de groupement"
        ),
        pytest.param("Nous engageons l'entreprise sur la <ent>clause d'insertion</ent>.", id="nous engageons"),
    ],
)
def test_pseudo_cue_hides_the_cue_it_covers(text: str) -> None:
    assert_found("clause_insertion_nommee", Example(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("L'acheteur pourra prévoir une <ent rejected=hypothesis>clause d'insertion</ent>.", id="pourra"),
        pytest.param("Si le lot a une <ent rejected=hypothesis>clause d'insertion</ent>, il est suivi.", id="si"),
        pytest.param(
            "Le cas échéant, la <ent rejected=hypothesis>clause d'insertion</ent> est au CCAP.", id="cas échéant"
        ),
        pytest.param("La <ent rejected=hypothesis>clause d'insertion</ent> est facultative.", id="facultative"),
        pytest.param("L'éventuelle <ent rejected=hypothesis>clause d'insertion</ent> est au CCAP.", id="éventuelle"),
        pytest.param("En 2019, la <ent rejected=past>clause d'insertion</ent> a aidé douze personnes.", id="past"),
        pytest.param("Le SPASER parle de <ent rejected=guidance>clause d'insertion</ent>.", id="guidance"),
        pytest.param("La <ent rejected=bidder>clause d'insertion</ent> est notre métier.", id="bidder"),
        pytest.param("Le DC1 mentionne la <ent rejected=candidature>clause d'insertion</ent>.", id="candidature"),
        pytest.param(
            "La <ent rejected=other_sense>clause d'insertion</ent> de la requête est rejouée.", id="other sense"
        ),
        pytest.param("Reprise du personnel et <ent rejected=staff>clause d'insertion</ent>.", id="staff"),
        pytest.param(
            "La politique volontariste s'appuie sur la <ent rejected=policy>clause d'insertion</ent>.", id="policy"
        ),
        pytest.param("La loi dispose que la <ent rejected=quoted_law>clause d'insertion</ent> aide.", id="quoted law"),
    ],
)
def test_each_reason_to_discard(text: str) -> None:
    assert_found("clause_insertion_nommee", Example(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Politique volontariste : le marché comporte une <ent>clause d'insertion</ent>.", id="policy"),
        pytest.param("La loi dispose que le marché comporte une <ent>clause d'insertion</ent>.", id="quoted law"),
    ],
)
def test_obligation_stands_beside_a_preamble(text: str) -> None:
    assert_found("clause_insertion_nommee", Example(text))


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(
            "heures_insertion",
            Example("Les <ent rejected=no_obligation>heures d'insertion</ent> sont suivies."),
            id="nothing",
        ),
        pytest.param(
            "heures_insertion", Example("Le titulaire doit suivre les <ent>heures d'insertion</ent>."), id="doit"
        ),
        pytest.param("heures_insertion", Example("450 <ent>heures d'insertion</ent>"), id="number"),
        pytest.param(
            "heures_insertion",
            Example("Les <ent>heures d'insertion</ent> sont suivies.", heading="8 Clause sociale"),
            id="title",
        ),
        pytest.param(
            "heures_insertion",
            Example("Les <ent>heures d'insertion</ent> sont suivies.", intro="La clause sociale s'exécute ainsi :"),
            id="opening of the list",
        ),
        pytest.param(
            "heures_insertion",
            Example("10 <ent rejected=criteria_title>heures d'insertion</ent>", heading="6 Critères de jugement"),
            id="hours under criteria",
        ),
        pytest.param(
            "heures_insertion",
            Example("20 <ent rejected=offer_title>heures d'insertion</ent>", heading="4.2 Contenu de l'offre"),
            id="hours under the contents of the bid",
        ),
        pytest.param(
            "critere_social_pondere",
            Example("<ent>Performance sociale</ent> de l'offre", heading="6 Critères de jugement"),
            id="criterion under criteria",
        ),
        pytest.param(
            "critere_social_pondere",
            Example("<ent>Performance sociale</ent> de l'offre", intro="Les offres sont notées selon ces critères :"),
            id="criterion in a list",
        ),
        pytest.param(
            "critere_social_pondere",
            Example("<ent rejected=no_obligation>Performance sociale</ent> de l'offre", heading="6 Délais"),
            id="criterion under another title",
        ),
        pytest.param(
            "clause_insertion_nommee",
            Example("Critères : prix 60 % ; <ent rejected=criteria_title>clause d'insertion</ent> 10 %."),
            id="opening in the sentence before",
        ),
        pytest.param(
            "engagement_sous_titre",
            Example("Le <ent>titulaire embauche</ent> deux personnes.", heading="8 Clause sociale d'insertion"),
            id="rule that reads under a title",
        ),
        pytest.param(
            "engagement_sous_titre",
            Example("Le titulaire embauche deux personnes.", heading="8 Organisation du chantier"),
            id="rule that needs its title",
        ),
    ],
)
def test_titles_and_supporting_cues(rule: str, example: Example) -> None:
    assert_found(rule, example)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("☐ Le marché comporte une <ent rejected=unticked>clause d'insertion</ent>", id="empty"),
        pytest.param("☑ Le marché comporte une <ent>clause d'insertion</ent>", id="ticked"),
        pytest.param("☒ Le marché comporte une <ent>clause d'insertion</ent>", id="crossed"),
        pytest.param("[ ] Le marché comporte une <ent rejected=unticked>clause d'insertion</ent>", id="empty brackets"),
        pytest.param("[X] Le marché comporte une <ent>clause d'insertion</ent>", id="crossed brackets"),
        pytest.param(
            "\uf0a8 Le lot comporte une <ent rejected=unticked>clause d'insertion</ent>", id="Wingdings empty"
        ),
        pytest.param("\uf0fe Le lot comporte une <ent>clause d'insertion</ent>", id="Wingdings ticked"),
        pytest.param("Le lot comporte une <ent>clause d'insertion</ent> : ☑ oui ☐ non", id="oui ticked"),
        pytest.param(
            "Le lot comporte une <ent rejected=unticked>clause d'insertion</ent> : ☐ oui ☑ non", id="non ticked"
        ),
        pytest.param("☐ Variante ☑ Le lot comporte une <ent>clause d'insertion</ent>", id="the last box governs"),
    ],
)
def test_boxes(text: str) -> None:
    assert_found("clause_insertion_nommee", Example(text))


def test_words_that_stand_win_over_those_discarded_in_a_sentence() -> None:
    text = "Le lot 1 ne comporte pas de clause d'insertion mais le lot 2 comporte une <ent>clause d'insertion</ent>."
    assert_found("clause_insertion_nommee", Example(text))
