"""The update data step: values are computed and merged into the data of the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.content.json_template import read_json_template
from knock_fake.workflows.outcomes import Outcome, Proceed, StepFailedError
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.steps.outside import logged
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.workflows.content.json_template import JsonTemplate
    from knock_fake.workflows.context import RunContext


@dataclass(frozen=True, slots=True)
class UpdateDataStep(InstantStep):
    """A compiled update of data."""

    data: JsonTemplate

    def execute(self, context: RunContext) -> Outcome:
        """Merge what the template renders to: its keys replace those of the same name, as a whole."""
        try:
            values = self.data.render(context.variables)
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        context.services.state.runs.set_data(context.run, {**context.run.data, **values})
        context.record("data_updated", {"data": logged(values)})
        return Proceed()


def compile_update_data_step(step: JsonObject, place: str) -> UpdateDataStep:
    """Compile an update data step's JSON.

    Raises:
        WorkflowDefinitionError: ``data`` is missing, or is neither Liquid nor a JSON object; another setting is given.
    """
    fields = read_fields(step.get("settings"), f"{place}.settings", ("data",))
    data = read_json_template(fields, "data")
    return UpdateDataStep(fields.refuse("data", "is required") if data is None else data)


def _stem(_step: JsonObject) -> str:
    return "update_data"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_update_data_step, stem=_stem)
