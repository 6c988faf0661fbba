"""A rule or a cue that is wrong is refused at load: the message names the file, what is wrong and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.errors import RuleError
from extractors.measures import load_measures
from extractors.rulebook import load_cues, load_rules
from extractors.rulefiles import Example

CLAUSE = """
name = "cafe"
category = "commerce_equitable"
doc = "Du café équitable est exigé."
sources = ["CCP art. L2112-2"]
confidence = 0.9
triggers = ["equitable"]
patterns = ["cafe|the equitable"]
needs = ["obligation"]
ignores = ["hypothesis"]

[[examples]]
text = "Le titulaire doit fournir du <ent>café équitable</ent>."
heading = "4 Fournitures"

[[examples]]
text = "Le prix est équitable."
"""
VOLUME = """
name = "heures"
doc = "Des heures."
sources = ["CCP art. L2112-2"]
confidence = 0.9
priority = 10
regex = '''(?P<value>{NUM}) heures'''

[[examples]]
text = "<ent value=35>35 heures</ent>"
about = true

[[examples]]
text = "Trente-cinq jours"
"""
CUES = "group;pattern;direction;words;note\nnegation;sans;before;2;\nobligation;doit;any;0;« doit »\n"


def test_rules_that_are_right_are_read(tmp_path: Path) -> None:
    (tmp_path / "cafe.toml").write_text(CLAUSE, "utf-8")
    (rule,) = load_rules(tmp_path)
    assert (rule.name, rule.confidence, rule.needs, rule.under_title) == ("cafe", 0.9, ("obligation",), False)
    assert rule.examples == (
        Example("Le titulaire doit fournir du <ent>café équitable</ent>.", heading="4 Fournitures"),
        Example("Le prix est équitable."),
    )


def test_measures_that_are_right_are_read(tmp_path: Path) -> None:
    (tmp_path / "volumes").mkdir()
    (tmp_path / "volumes" / "heures.toml").write_text(VOLUME, "utf-8")
    (measure,) = load_measures("volumes", tmp_path)
    assert (measure.name, measure.category, measure.unit, measure.per) == (
        "heures",
        "clause_insertion",
        "hours",
        "contract",
    )
    assert measure.examples[0] == Example("<ent value=35>35 heures</ent>", about=True)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        pytest.param('"cafe"', '"cafe', "TOML illisible", id="toml"),
        pytest.param(
            "needs =", "besoins =", "clés inconnues besoins ; clés admises : name, category", id="unknown key"
        ),
        pytest.param('doc = "Du café équitable est exigé."\n', "", "il manque doc ;", id="missing key"),
        pytest.param('"Du café équitable est exigé."', '""', "« doc » est vide", id="empty key"),
        pytest.param('patterns = ["cafe|the equitable"]', "patterns = []", "« patterns » est vide", id="empty list"),
        pytest.param("= 0.9", '= "0.9"', "« confidence » doit être de type float", id="text for a number"),
        pytest.param("= 0.9", "= true", "« confidence » doit être de type float", id="boolean for a number"),
        pytest.param('["equitable"]', '"equitable"', "« triggers » doit être de type list", id="text for a list"),
        pytest.param('["equitable"]', "[1]", "« triggers » est une liste de textes", id="list of numbers"),
        pytest.param("= 0.9", "= 1.1", "« confidence » vaut 1.1 ; elle va de 0 à 1", id="confidence above 1"),
        pytest.param("= 0.9", "= 0.0", "« confidence » vaut 0.0", id="no confidence"),
        pytest.param('= "cafe"', '= "the"', "« name » vaut « the » ; donnez-lui le nom du fichier", id="name"),
        pytest.param('"commerce_equitable"', '"commerce"', "catégorie « commerce » inconnue", id="category"),
        pytest.param('["equitable"]', '["équitable"]', "minuscules sans accent", id="trigger with an accent"),
        pytest.param('["equitable"]', '["Equitable"]', "minuscules sans accent", id="trigger with a capital"),
        pytest.param('["equitable"]', '["label"]', "aucun des « triggers » n'est dans l'exemple", id="trigger absent"),
        pytest.param('["obligation"]', '["devoir"]', "groupes d'indices inconnus devoir", id="unknown group"),
        pytest.param('["obligation"]', '["negation"]', "groupes d'indices inconnus negation", id="need that cancels"),
        pytest.param('["hypothesis"]', '["criteria"]', "groupes d'indices inconnus criteria", id="ignored support"),
        pytest.param("cafe|the equitable", "cafe /(/", r"expression « /\(/ » fausse", id="bad regex"),
        pytest.param("cafe|the equitable", "..4 cafe?", "n'a aucun mot obligatoire", id="no word"),
        pytest.param("cafe|the equitable", "# ..4", "n'a aucun mot obligatoire", id="only a number"),
        pytest.param("cafe|the equitable", "cafe|l'the", "« l'the » dans .* n'est pas un seul mot", id="two words"),
        pytest.param("cafe|the equitable", "ca?fe equitable", "« \\? » au milieu de « ca\\?fe »", id="? inside"),
        pytest.param("cafe|the equitable", "cafe @publics?", "fait plusieurs mots", id="optional words"),
        pytest.param(
            "cafe|the equitable", "cafe @boissons", "liste « @boissons » inconnue ; listes : publics", id="list"
        ),
        pytest.param("<ent>café équitable</ent>", "café équitable", "il faut un exemple", id="no positive example"),
        pytest.param("Le prix est équitable", "Le <ent>prix</ent> équitable", "il faut un exemple", id="no negative"),
        pytest.param(
            "<ent>café équitable</ent>", "<ent rejected=past>café équitable</ent>", "il faut", id="only rejected"
        ),
        pytest.param("équitable</ent>", "équitable", "jamais fermée : « Le titulaire", id="bad markup"),
        pytest.param("<ent>", "<ent value=1>", "attributs admis : rejected", id="attribute of another kind"),
        pytest.param("heading =", "titre =", "les clés admises sont text, heading, intro", id="key of an example"),
        pytest.param('heading = "4 Fournitures"', "about = true", "les clés admises", id="key of another kind"),
        pytest.param(
            'heading = "4 Fournitures"', "heading = 4", "« heading » doit être de type str", id="example type"
        ),
        pytest.param('text = "Le prix est équitable."', 'heading = "4"', "un exemple a un « text »", id="no text"),
        pytest.param("[[examples]]", "[examples.a]", "« examples » doit être de type list", id="examples as a table"),
    ],
)
def test_clause_rule_is_refused(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in CLAUSE
    text = CLAUSE.replace(right, wrong) if right == "[[examples]]" else CLAUSE.replace(right, wrong, 1)
    (tmp_path / "cafe.toml").write_text(text.replace("[examples.a]", "[examples.b]", 1), "utf-8")
    with pytest.raises(RuleError, match=message) as refused:
        load_rules(tmp_path)
    assert str(refused.value).startswith("cafe.toml : ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        pytest.param(
            "priority = 10", "priority = 10\nrang = 2", "clés inconnues rang ; clés admises", id="unknown key"
        ),
        pytest.param("priority = 10\n", "", "il manque priority", id="missing key"),
        pytest.param("= 10", "= 1.5", "« priority » doit être de type int", id="wrong type"),
        pytest.param('"heures"', '"jours"', "donnez-lui le nom du fichier", id="name"),
        pytest.param("priority", 'unit = "jours"\npriority', "« unit » ou « per » inconnu", id="unit"),
        pytest.param("priority", 'per = "semaine"\npriority', "« unit » ou « per » inconnu", id="per"),
        pytest.param("heures'''", "heures('''", "« regex » n'est pas une expression valable", id="bad regex"),
        pytest.param("priority", "unless = '''('''\npriority", "« unless » n'est pas une expression", id="bad unless"),
        pytest.param("?P<value>", "?:", "il faut value ou amount", id="no value"),
        pytest.param("heures'''", "(?P<jours>heures)'''", r"nomme \['jours', 'value'\]", id="unknown group"),
        pytest.param("<ent value=35>35 heures</ent>", "35 heures", "il faut un exemple", id="no positive example"),
        pytest.param("value=35", "amount=35", "attributs admis : value, value_max", id="attribute of another kind"),
        pytest.param("about = true", 'about = "oui"', "« about » doit être de type bool", id="example type"),
        pytest.param(
            "about = true", 'heading = "4"', "les clés admises sont text, intro, about", id="key of an example"
        ),
    ],
)
def test_measure_is_refused(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in VOLUME
    (tmp_path / "volumes").mkdir()
    (tmp_path / "volumes" / "heures.toml").write_text(VOLUME.replace(right, wrong, 1), "utf-8")
    with pytest.raises(RuleError, match=message) as refused:
        load_measures("volumes", tmp_path)
    assert str(refused.value).startswith("heures.toml : ")


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=f"aucune règle dans {tmp_path} ; réinstallez le paquet"):
        load_rules(tmp_path)


def test_cues_that_are_right_are_read(tmp_path: Path) -> None:
    file = tmp_path / "context.csv"
    file.write_text(CUES, "utf-8")
    assert [(c.group, c.pattern, c.direction, c.words) for c in load_cues(file)] == [
        ("negation", "sans", "before", 2),
        ("obligation", "doit", "any", 0),
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        pytest.param("negation;", "refus;", "ligne 2 : groupe « refus » inconnu", id="unknown group"),
        pytest.param("any", "partout", "ligne 3 : direction « partout » inconnue ; before, after", id="direction"),
        pytest.param(";2;", ";deux;", "ligne 2 : « words » doit être un nombre", id="words"),
        pytest.param(";2;", ";²;", "ligne 2 : « words » doit être un nombre", id="superscript"),
        pytest.param(";sans;", ";..2;", "ligne 2 : le motif « ..2 » n'a aucun mot obligatoire", id="pattern"),
        pytest.param(";2;\n", ";2\n", "ligne 2 : colonnes attendues group;pattern", id="column missing"),
        pytest.param(";2;\n", ";2;;\n", "ligne 2 : colonnes attendues group;pattern", id="column too many"),
        pytest.param("note\n", "remarque\n", "ligne 2 : colonnes attendues group;pattern", id="column name"),
        pytest.param("obligation;doit;any", "negation;sans;before", "indice en double", id="twice"),
    ],
)
def test_cue_is_refused(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in CUES
    file = tmp_path / "context.csv"
    file.write_text(CUES.replace(right, wrong, 1), "utf-8")
    with pytest.raises(RuleError, match=message) as refused:
        load_cues(file)
    assert str(refused.value).startswith("context.csv")
