"""`fluoro send FILE`: segment documents from JSON, fifty a call."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import click

from fluoro.cli.client import Client, server_option
from fluoro.cli.documents import NotDocumentsError, read_documents
from fluoro.cli.failure import Exit, Failure
from fluoro.cli.output import clean, message, output_option, print_json
from fluoro.model.limits import DOCUMENTS_PER_CALL_MAX

Refusal = dict[str, Any]


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@output_option("table", "json")
@server_option
def send(client: Client, file: TextIO, output: str) -> None:
    """Send segment documents from a JSON file, or from standard input (-).

    The file holds one document, an array, a document a line, or an answer of
    BatchGetTraces. What the server refuses is listed by name and reason, and the exit
    code is 5 then; the rest is taken in.
    """
    try:
        documents = list(read_documents(file.read()))
    except (NotDocumentsError, UnicodeDecodeError) as error:
        raise Failure(
            f"{file.name} holds no segment documents",
            why=str(error),
            do="`fluoro trace ID --raw` prints some, as they should look",
        ) from None
    if not documents:
        raise Failure(f"{file.name} holds no segment documents", why="it is empty")
    refused = [
        refusal
        for batch in batches(documents, DOCUMENTS_PER_CALL_MAX)
        for refusal in put(client, batch)
    ]
    taken = len(documents) - len(refused)
    if output == "json":
        print_json({"Sent": len(documents), "TakenIn": taken, "Refused": refused})
    else:
        click.echo(f"{taken} of {len(documents)} documents taken in.")
        for refusal in refused:
            name = clean(refusal["Name"] or "a document without a name")
            message(f"Refused {name}: {clean(refusal['Message'])}")
    if refused:
        raise click.exceptions.Exit(Exit.REFUSED)


def batches(documents: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield the documents in order, `size` at a time."""
    for first in range(0, len(documents), size):
        yield documents[first : first + size]


def put(client: Client, batch: Sequence[str]) -> Iterator[Refusal]:
    """Send a batch; yield what was refused as `{Name, Id, ErrorCode, Message}`."""
    answer = client.call("/TraceSegments", TraceSegmentDocuments=list(batch))
    yield from _named(answer.get("UnprocessedTraceSegments") or (), batch)


def _named(entries: Iterable[Refusal], batch: Sequence[str]) -> Iterator[Refusal]:
    """Give each refusal the name of its document; both are in the order of the call."""
    heads = iter([_head(document) for document in batch])
    for entry in entries:
        name = next((name for id_, name in heads if id_ == entry.get("Id")), None)
        yield {"Name": name, **entry}


def _head(document: str) -> tuple[str | None, str | None]:
    """Return a document's id and name, as far as it has them as text."""
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(value, dict):
        return None, None
    id_, name = value.get("id"), value.get("name")
    return (
        id_ if isinstance(id_, str) else None,
        name if isinstance(name, str) else None,
    )
