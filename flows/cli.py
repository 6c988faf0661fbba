"""The command line: options and French words; the work is done elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows import cli_correct, cli_data, cli_report, cli_reprocess, cli_rules, cli_search, cli_sources, cli_tenders
from flows.exits import EPILOG, ErrorGroup, ExitCode

app = typer.Typer(
    cls=ErrorGroup,
    help="Lit les pièces des marchés publics et en tire les clauses sociales, prouvées page par page.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(cli_rules.app, name="rules")
app.add_typer(cli_sources.app, name="sources")
app.add_typer(cli_correct.app, name="correct")
app.add_typer(cli_correct.listing, name="corrections")
app.command()(cli_search.search)
app.command()(cli_report.report)
for _command in (cli_data.export, cli_data.query, cli_data.stats):
    app.command()(_command)
app.command()(cli_tenders.diff)
app.command()(cli_reprocess.reprocess)
app.command()(cli_reprocess.batches)

Paths = Annotated[list[Path], typer.Argument(help="Fichiers, archives ou dossiers parcourus en entier.")]
Workers = Annotated[
    int | None,
    typer.Option(min=0, max=64, help="Nombre de processus de lecture ; 0 lit dans le processus principal."),
]

MaybePaths = Annotated[list[Path] | None, typer.Argument(help="Fichiers, archives ou dossiers parcourus en entier.")]
DAY = ["%Y-%m-%d"]


@dataclass(frozen=True, slots=True)
class State:
    """Options of every command."""

    verbose: bool


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clausoscope {version('clausoscope')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", envvar="CLAUSOSCOPE_DEBUG", help="Montre le détail, même des erreurs.")
    ] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Affiche la version.")
    ] = False,
) -> None:
    context.obj = State(verbose)


@app.command()
def extract(
    paths: Paths,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON : une liste s'il y en a plusieurs.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Un objet JSON par ligne et par document.")] = False,
    workers: Workers = None,
    output: Annotated[Path | None, typer.Option(help="Écrit dans ce fichier plutôt que sur la sortie.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Dit pourquoi : règle, indices et mots de chaque candidat, même écarté.")
    ] = False,
) -> None:
    """Lit des documents et montre ce qu'ils disent, sans base de données."""
    from flows.extract import Shape, extract_to
    from flows.wording import agree

    if as_json and as_jsonl:
        raise typer.BadParameter("choisissez --json ou --jsonl, pas les deux.")
    shape: Shape = "jsonl" if as_jsonl else "json" if as_json else "text"
    if failed := extract_to(paths, shape=shape, workers=workers, output=output, explain=explain):
        words = f"clausoscope : {failed} document(s) en échec ; le problème et son remède sont donnés avec chacun."
        typer.echo(agree(words, failed), err=True)
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command()
def ingest(
    context: typer.Context,
    paths: MaybePaths = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Source à suivre plutôt que des chemins ; peut être répétée.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="Premier jour de parution.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="Dernier jour de parution.")] = None,
    departements: Annotated[str | None, typer.Option(help="Départements, séparés par des virgules : 75,92,2A.")] = None,
    workers: Workers = None,
) -> None:
    """Lit ce qui est nouveau ou changé et l'enregistre dans la base ; un sous-dossier est une consultation.

    Avec --source, sans jour ni département, reprend où le dernier passage s'est arrêté.
    """
    if bool(paths) == bool(source):
        raise typer.BadParameter("donnez des chemins, ou des sources par --source.")
    if source:
        cli_sources.ingest_sources(
            source,
            since=since,
            until=until,
            departements=departements,
            workers=workers,
            verbose=context.obj.verbose,
        )
        return
    if since or until or departements:
        raise typer.BadParameter("--since, --until et --departements vont avec --source.")
    _ingest_paths(paths or [], workers=workers, verbose=context.obj.verbose)


def _ingest_paths(paths: list[Path], *, workers: int | None, verbose: bool) -> None:
    from flows.containers import laying_folder
    from flows.files import tell_ignored
    from flows.plan import make_plan
    from flows.prefect_settings import set_up_prefect
    from flows.settings import load_settings
    from flows.wording import agree
    from models import open_database

    settings = load_settings()
    with laying_folder(settings.laid_dir) as folder:
        plan = make_plan(open_database(settings.database_url), paths, folder=folder, mended=settings.mended_codes())
    if not plan.todo:  # the common case of a nightly run: no need to start Prefect to say so
        known = len(plan.known)
        typer.echo(agree(f"Rien de nouveau : {known} fichier(s) déjà traité(s) avec les mêmes règles.", known))
        tell_ignored(plan.ignored)
        return
    set_up_prefect(verbose=verbose)
    if sys.stderr.isatty():  # Prefect takes seconds to start
        todo = agree(f"{len(plan.todo)} fichier(s) à traiter", len(plan.todo))
        typer.echo(f"{todo}, {agree(f'{len(plan.known)} déjà traité(s)', len(plan.known))}. Démarrage…", err=True)

    from flows.extract import console
    from flows.ingest import run_ingest
    from flows.report import print_report

    report = run_ingest(paths, workers=workers)
    print_report(console(sys.stdout), report)
    tell_ignored(plan.ignored)
    cli_correct.tell_to_review()
    if report.summary.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command()
def schedule(context: typer.Context) -> None:
    """Sert les traitements de nuit (nightly, reprocess) jusqu'à l'interruption."""
    from flows.prefect_settings import set_up_prefect
    from flows.schedule import serve_schedule

    set_up_prefect(verbose=context.obj.verbose)
    serve_schedule()


@app.command()
def evaluate(
    gold: Annotated[list[Path], typer.Argument(help="Fichiers de réponses connues, une ligne de JSON par document.")],
    predictions: Annotated[
        Path | None, typer.Option(help="Sortie de extract --jsonl à juger, au lieu de lire les documents.")
    ] = None,
    from_database: Annotated[
        bool, typer.Option("--database", help="Juge ce que montre la base, corrections comprises.")
    ] = False,
    by: Annotated[
        Literal["category", "buyer"],
        typer.Option(help="buyer : détaille aussi par acheteur, chacun jugé sans les règles que lui seul confirme."),
    ] = "category",
    misses: Annotated[
        bool, typer.Option("--misses/--no-misses", help="Montre, ou non, tout ce qui manque ou est en trop.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON, avec tous les détails.")] = False,
    workers: Workers = None,
) -> None:
    """Mesure la précision et le rappel face à des réponses connues."""
    from flows.differences import printable
    from flows.evaluate import evaluate, evaluate_stored, print_scores, scores_json
    from flows.extract import console
    from flows.wording import agree

    if from_database and predictions is not None:
        raise typer.BadParameter("choisissez --predictions ou --database, pas les deux.")
    scores = evaluate_stored(gold) if from_database else evaluate(gold, predictions=predictions, workers=workers)
    if as_json:
        typer.echo(scores_json(scores, misses=misses))
    else:
        print_scores(console(sys.stdout), scores, by=by, misses=misses)
    for ids, words in ((scores.missing, "introuvable(s)"), (scores.unreadable, "illisible(s)")):
        if ids:
            told = agree(f"clausoscope : {len(ids)} document(s) {words}", len(ids))
            typer.echo(f"{told} : {printable(', '.join(ids))}.", err=True)
    if scores.missing or scores.unreadable:
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="Sortie de extract --jsonl, avant.")],
    new: Annotated[Path, typer.Argument(help="Sortie de extract --jsonl, après.")],
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON, avec tous les détails.")] = False,
) -> None:
    """Montre ce que deux lectures des mêmes documents ne disent pas pareil."""
    from flows.compare import changes_json, compare_files, print_changes
    from flows.extract import console

    changes = compare_files(old, new)
    if as_json:
        typer.echo(changes_json(changes))
    else:
        print_changes(console(sys.stdout), changes)


@app.command()
def doctor() -> None:
    """Montre ce qui est installé, ce qui manque et comment y remédier."""
    from rich.table import Table

    from flows.doctor import checks
    from flows.extract import console

    table = Table("", "Vérification", "Trouvé", "Remède")
    broken = False
    for check in checks():
        broken |= check.needed and check.mend is not None
        mark = "[green]✓" if check.mend is None else "[red]✗" if check.needed else "[yellow]!"
        table.add_row(mark, check.name, check.found, check.mend)
    console(sys.stdout).print(table)
    if broken:
        raise typer.Exit(ExitCode.UNHEALTHY)


def main() -> None:
    """Entry point of the `clausoscope` script."""
    app()
