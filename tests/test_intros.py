"""What opens a list governs its items, and nothing after them."""

from __future__ import annotations

from structure_documents import made, notice

from extractors.intros import with_intros

OPENING = "Le titulaire s'engage sur les points suivants :"


def intros(text: str) -> dict[str, str]:
    _, passages = notice(text)
    return {passage.text: intro for passage, intro in with_intros(passages)}


def test_items_of_a_list_know_what_opens_it() -> None:
    assert intros(f"{OPENING}\n\n- 100 heures d'insertion ;\n\n- un apprenti.") == {
        OPENING: "",
        "- 100 heures d'insertion ;": OPENING,
        "- un apprenti.": OPENING,
    }


def test_rows_know_the_header_of_their_table() -> None:
    header = "Critères de jugement  Pondération"
    assert intros(f"{header}\n\nPrix  60 %\n\nInsertion  10 %")["Insertion  10 %"] == header


def test_a_paragraph_that_opens_nothing_gives_nothing() -> None:
    assert set(intros("Le marché dure un an.\n\nIl est reconductible.\n\n- une fois").values()) == {""}


def test_the_next_opening_takes_over() -> None:
    found = intros(f"{OPENING}\n\n- 100 heures\n\nL'acheteur fournit :\n\n- les plans")
    assert (found["- 100 heures"], found["- les plans"]) == (OPENING, "L'acheteur fournit :")


def test_a_title_ends_the_list() -> None:
    _, passages = made(
        f"#ARTICLE 1 - OBJET\n\n{OPENING}\n\n#ARTICLE 2 - DURÉE\n\nLe marché dure un an à compter de sa notification."
    )
    assert [(p.role, intro) for p, intro in with_intros(passages)][-1] == ("body", "")


def test_a_long_list_is_left_at_some_point() -> None:
    found = intros("\n\n".join([OPENING, *(f"- point {number} de la liste" for number in range(60))]))
    assert found["- point 1 de la liste"] == OPENING
    assert found["- point 59 de la liste"] == ""


def test_every_passage_comes_once_in_order() -> None:
    _, passages = notice(f"{OPENING}\n\n- un\n\n- deux\n\nFin.")
    assert [passage for passage, _ in with_intros(passages)] == list(passages)
