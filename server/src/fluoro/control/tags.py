"""Tags of groups and sampling rules: the record `tags/<kind>/<name>[/<id>]`.

A resource that is deleted takes its tags along; one made again under its name starts
without any.
"""

from typing import Any

from fluoro.control.context import Context, parse_arn
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError
from fluoro.model.limits import TAGS_PER_RESOURCE_MAX
from fluoro.store.records import Record, Records

KIND = "tags"


def tag_resource(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """TagResource: merges into what is there and overwrites."""
    kind, name = _resource(request["ResourceARN"], context.records)
    write_tags(context.records, kind, name, checked_tags(request["Tags"]))
    return {}


def untag_resource(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """UntagResource: keys that are not there are ignored."""
    kind, name = _resource(request["ResourceARN"], context.records)
    gone = set(request["TagKeys"])

    def revise(record: Record | None) -> dict[str, Any]:
        tags = record.value if record else {}
        return {key: value for key, value in tags.items() if key not in gone}

    context.records.change(KIND, f"{kind}/{name}", revise)
    return {}


def list_tags_for_resource(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """ListTagsForResource: one page, any token is ignored."""
    kind, name = _resource(request["ResourceARN"], context.records)
    record = context.records.get(KIND, f"{kind}/{name}")
    tags = record.value if record else {}
    return {
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        "NextToken": None,
    }


def checked_tags(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Return tags as a dict; raise InvalidRequestError for those X-Ray refuses."""
    given = {tag["Key"]: tag["Value"] for tag in tags or ()}
    if len(given) < len(tags or ()):
        # X-Ray fails on this with a 500 and writes nothing
        raise InvalidRequestError("Tags: a key must not be given twice")
    if any(key.lower().startswith("aws:") for key in given):
        raise InvalidRequestError(
            "Caller is an end user and not allowed to mutate system tags"
        )
    _check_count(given)
    return given


def write_tags(records: Records, kind: str, name: str, tags: dict[str, str]) -> None:
    """Merge checked tags into those of a resource that exists."""

    def revise(record: Record | None) -> dict[str, Any]:
        merged = {**(record.value if record else {}), **tags}
        _check_count(merged)
        return merged

    records.change(KIND, f"{kind}/{name}", revise)


def drop_tags(records: Records, kind: str, name: str) -> None:
    """Forget the tags of a resource that is gone."""
    records.delete(KIND, f"{kind}/{name}")


def _check_count(tags: dict[str, str]) -> None:
    if len(tags) > TAGS_PER_RESOURCE_MAX:
        raise InvalidRequestError(
            "The resultant tag set must not have more than"
            f" {TAGS_PER_RESOURCE_MAX} user tags."
        )


def _resource(arn: str, records: Records) -> tuple[str, str]:
    """Return (kind, name) of a resource that exists; raise ResourceNotFoundError."""
    kind, name = parse_arn(arn)
    if kind == "group":
        plain, _, group_id = name.partition("/")
        found = records.get(kind, plain)
        exists = (
            found is not None and found.value["id"] == group_id
            if group_id
            else plain == "Default"
        )
    else:
        exists = kind != "" and (
            name == "Default" or records.get(kind, name) is not None
        )
    if not exists:
        raise ResourceNotFoundError(f"Resource {arn} not found", ResourceName=arn)
    return kind, name
