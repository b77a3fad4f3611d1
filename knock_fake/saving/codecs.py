"""Values that are no plain data but made from it: compiled workflows, templates and patterns, signing keys."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from knock_fake.workflows.definition import WorkflowDefinition, compile_workflow
from knock_fake.workflows.steps import STEP_TYPES
from knock_fake.workflows.steps.channel import ChannelStep
from knock_fake.workflows.templating import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Codec:
    """How the instances of one class are written and made again."""

    name: str
    encode: Callable[[Any], JsonObject]
    decode: Callable[[JsonObject], object]


def _write_workflow(definition: WorkflowDefinition) -> JsonObject:
    return {
        "key": definition.key,
        "version_id": definition.version_id,
        "document": definition.document,
        "channel_types": {**_channel_types(definition)},
    }


def _channel_types(definition: WorkflowDefinition) -> dict[str, str]:
    """Return the types of the channels that steps name, which they may have been compiled without saying themselves.

    A key with several types belongs to no channel that there was, so its steps say their types.
    """
    steps = [one.step for one in definition.steps if isinstance(one.step, ChannelStep)]
    found = {(step.channel_key, step.channel_type) for step in steps if step.channel_key is not None}
    times = Counter(key for key, _ in found)
    return {key: type_ for key, type_ in sorted(found) if times[key] == 1}


def _read_workflow(saved: JsonObject) -> WorkflowDefinition:
    document, types = saved["document"], saved.get("channel_types")
    assert isinstance(document, dict)  # noqa: S101 - written by _write_workflow
    channel_types = {key: str(type_) for key, type_ in types.items()} if isinstance(types, dict) else {}
    compiled = compile_workflow(str(saved["key"]), str(saved["version_id"]), document, STEP_TYPES, channel_types)
    return replace(compiled, version_id=str(saved["version_id"]))


def _write_template(template: Template) -> JsonObject:
    return {"source": template.source, "place": template.place}


def _read_template(saved: JsonObject) -> Template:
    return compile_template(str(saved["source"]), str(saved["place"]))


def _write_private_key(key: Any) -> JsonObject:  # noqa: ANN401 - the class is named by what imports it lazily
    from cryptography.hazmat.primitives import serialization

    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"pem": pem.decode("ascii")}


def _read_private_key(saved: JsonObject) -> object:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_private_key(str(saved["pem"]).encode("ascii"), None)


def _write_public_key(key: Any) -> JsonObject:  # noqa: ANN401 - as above
    from cryptography.hazmat.primitives import serialization

    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"pem": pem.decode("ascii")}


def _read_public_key(saved: JsonObject) -> object:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_public_key(str(saved["pem"]).encode("ascii"))


def _write_pattern(pattern: re.Pattern[str]) -> JsonObject:
    return {"pattern": pattern.pattern, "flags": pattern.flags}


def _read_pattern(saved: JsonObject) -> re.Pattern[str]:
    return re.compile(str(saved["pattern"]), int(str(saved["flags"])))


_BY_CLASS = {
    "WorkflowDefinition": Codec("workflow", _write_workflow, _read_workflow),
    "Template": Codec("template", _write_template, _read_template),
    "Pattern": Codec("pattern", _write_pattern, _read_pattern),
    "RSAPrivateKey": Codec("private key", _write_private_key, _read_private_key),
    "RSAPublicKey": Codec("public key", _write_public_key, _read_public_key),
}
CODECS = {codec.name: codec for codec in _BY_CLASS.values()}
"""The codecs by the name that stands in a saved world."""


def codec_of(cls: type) -> Codec | None:
    """Return the codec of a class, ``None`` when it needs none."""
    return _BY_CLASS.get(cls.__name__)
