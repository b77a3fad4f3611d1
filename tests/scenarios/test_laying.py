from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.scenarios.errors import ScenarioError
from knock_fake.scenarios.reading import Source
from knock_fake.scenarios.scenario import read_text

if TYPE_CHECKING:
    from pathlib import Path

SHOP = "examples/scenarios/shop.yaml"
ITEM = "{type: channel, channel_type: in_app_feed, template: {markdown_body: Hi}}"
BASE = f"""\
start: 2026-03-27T18:00:00Z
workflows:
  hello: {{steps: [{ITEM}]}}
  later: {{steps: [{{type: delay, ref: wait, settings: {{delay_for: {{unit: hours, value: 1}}}}}}, {ITEM}]}}
users:
  - {{id: jane, name: Jane}}
"""


def laid(text: str) -> KnockFake:
    world = KnockFake()
    world.lay(read_text(BASE + text, "world.yaml"))
    return world


def refused(text: str, base: str = BASE) -> list[str]:
    with pytest.raises(ScenarioError) as failure:
        KnockFake().lay(read_text(base + text, "world.yaml"))
    return [str(problem) for problem in failure.value.problems]


@pytest.fixture
def shop() -> KnockFake:
    return KnockFake.from_scenario(SHOP)


def test_a_world_is_as_its_scenario_says(shop: KnockFake) -> None:
    client = shop.client()
    assert (shop.seed, shop.clock.now.isoformat()) == (7, "2026-03-27T18:00:00+00:00")
    assert [user.id for user in client.users.list()] == ["jane", "joe"]
    assert client.users.get_channel_data("jane", "33333333-3333-4333-8333-333333333333").data.to_dict() == {
        "devices": [{"token": "token-1", "locale": None, "timezone": None}],
        "tokens": ["token-1"],
    }
    assert next(one.recipient for one in client.objects.list_subscriptions("orders", "17")).to_dict()["id"] == "jane"
    assert client.tenants.get("berlin").name == "Shop Berlin"
    assert [(one.user_id, one.tenant) for one in client.audiences.list_members("regulars").entries] == [
        ("jane", None),
        ("joe", "berlin"),
    ]
    assert client.bulk_operations.get("import-1").processed_rows == 121


def test_history_has_the_ids_and_instants_given(shop: KnockFake) -> None:
    client = shop.client()
    message = client.messages.get("message-1")
    assert (message.status, message.engagement_statuses, message.source.workflow_recipient_run_id) == (
        "delivered",
        ["seen"],
        "run-1",
    )
    assert message.inserted_at.isoformat() == "2026-03-27T17:00:00+00:00"
    assert [event.type for event in client.messages.list_events("message-1")] == [
        "message.seen",
        "message.delivered",
        "message.queued",
        "message.created",
    ]
    (schedule,) = client.schedules.list(workflow="weekly-offers")
    assert (schedule.id, str(schedule.next_occurrence_at)) == ("offers", "2026-03-30 07:00:00+00:00")


def test_what_waits_goes_on_and_the_timeline_happens(shop: KnockFake) -> None:
    happened = [str(one) for one in shop.clock.advance("1h")]
    assert happened[0] == "2026-03-27T18:30:00Z  scenario: POST /v1/workflows/order-shipped/trigger"
    assert "2026-03-27T18:30:00Z  run started: order-shipped for jane, subscribed to orders/17" in happened
    assert "2026-03-27T19:00:00Z  message sent: order-shipped/mail to jane" in happened
    assert [request.operation for request in shop.requests] == ["workflows.trigger"]


def test_reset_gives_the_scenario_back(shop: KnockFake) -> None:
    shop.client().users.delete("jane")
    shop.clock.advance("5d")
    shop.reset()
    assert [user.id for user in shop.users] == ["jane", "joe"]
    assert shop.clock.now.isoformat() == "2026-03-27T18:00:00+00:00"


def test_laying_a_scenario_replaces_what_there_was_and_reset_takes_it_away() -> None:
    world = KnockFake()
    world.client().users.update("ann")
    world.lay(SHOP)
    assert [user.id for user in world.users] == ["jane", "joe"]
    world.reset()
    assert len(world.users) == 0
    assert world.clock.now.isoformat() == "2026-01-01T00:00:00+00:00"


def test_two_worlds_of_one_scenario_are_alike(shop: KnockFake) -> None:
    other = KnockFake.from_scenario(SHOP)
    assert str(shop.clock.advance("3d")) == str(other.clock.advance("3d"))
    assert [message.id for message in shop.state.messages] == [message.id for message in other.state.messages]


def test_several_files_are_put_together(tmp_path: Path) -> None:
    more = tmp_path / "more.json"
    more.write_text('{"seed": 9, "users": [{"id": "ann"}], "rate_limits": true}')
    world = KnockFake(scenario=[SHOP, more])
    assert ([user.id for user in world.users], world.seed, world.rate_limits.enforced) == (
        ["jane", "joe", "ann"],
        9,
        True,
    )


def test_a_second_file_says_more_of_whom_the_first_one_has() -> None:
    world = KnockFake()
    more = "users:\n  - {id: jane, plan: pro}\n"
    world.lay(read_text(BASE, "world.yaml"), read_text(more, "more.yaml"))
    assert world.users.one(id="jane").properties == {"name": "Jane", "plan": "pro"}


def test_keys_of_a_scenario_are_the_only_ones() -> None:
    world = laid("secret_keys: [sk_live_1]\n")
    assert world.secret_key == "sk_live_1"
    assert world.client().users.get("jane").name == "Jane"


def test_directories_stand_beside_the_scenario(tmp_path: Path) -> None:
    workflow = tmp_path / "knock" / "workflows" / "hello"
    workflow.mkdir(parents=True)
    step = '{"type": "channel", "ref": "a", "channel_key": "in-app-feed", "channel_type": "in_app_feed", '
    (workflow / "workflow.json").write_text('{"steps": [' + step + '"template": {"markdown_body": "Hi"}}]}')
    scenario = tmp_path / "world.yaml"
    scenario.write_text("directories: [knock]\n")
    assert KnockFake.from_scenario(scenario).workflows.keys() == ["hello"]


def test_bad_days_are_written_into_a_scenario() -> None:
    world = laid(
        "rate_limits: {tiers: false, overrides: {users.get: 2}}\n"
        "faults:\n  - {targets: users.update, effect: {type: error, status: 503}, times: 1}\n"
        "delivery:\n  - {channel: email, statuses: [queued, [sent, 2s]]}\n  - {workflow: hello, hold: true}\n"
        "responders:\n  - {kind: fetch, url: 'https://example.com/n', answers: [{json: {n: 1}}]}\n"
    )
    assert world.rate_limits.rate_of("users.get", 4) == 2
    assert (len(world.faults), len(world.delivery.plans), len(world.responders)) == (1, 1, 1)
    world.client().workflows.trigger("hello", recipients=["jane"])
    assert [message.status for message in world.messages] == ["queued"]


def test_channels_that_are_there_change_and_groups_are_made_of_them() -> None:
    world = laid(
        """\
channels:
  - {key: sms, type: sms, settings: {link_tracking: true}, sandbox: true}
  - {key: texting, type: sms, conditions: {all: [{variable: recipient.plan, operator: equal_to, argument: pro}]}}
channel_groups:
  phones: {channel_type: sms, operator: all, channel_rules: [{channel: sms, rule_type: always}, texting]}
"""
    )
    sms, texting = world.channels.by_key("sms"), world.channels.by_key("texting")
    assert sms is not None
    assert texting is not None
    assert (sms.id[:8], sms.is_sandbox, sms.settings) == ("22222222", True, {"link_tracking": True})
    assert texting.conditions is not None
    (group,) = world.channels.groups
    assert (group.key, group.operator, [rule.channel for rule in group.rules]) == ("phones", "all", ["sms", "texting"])


def test_a_guide_has_the_id_given() -> None:
    steps = "steps: [{ref: one, values: {}}]"
    world = laid(f"guides:\n  tour: {{id: guide-1, {steps}}}\n  other: {{{steps}}}\n")
    assert [guide.id == "guide-1" for guide in world.guides] == [True, False]
    (problem,) = refused(f"guides:\n  tour: {{id: guide-1, {steps}}}\n  other: {{id: guide-1, {steps}}}\n")
    assert (
        problem == "world.yaml:9: guides.other: guide 'other': the id 'guide-1' is that of guide 'tour': choose another"
    )


def test_an_oldest_entry_may_be_written_last() -> None:
    world = laid(
        "runs:\n"
        "  - {id: new, workflow: hello, recipient: jane}\n"
        "  - {id: old, workflow: hello, recipient: jane, status: cancelled, inserted_at: 2026-03-01T00:00:00Z}\n"
    )
    assert [run.id for run in world.runs] == ["old", "new"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("usres: []\n", ["world.yaml:7: usres: is not a known key; did you mean 'users'?"]),
        ("channels:\n  - {key: a, type: fax}\n", ["world.yaml:8: channels.0.type: "]),
        ("channels:\n  - {key: sms, type: email}\n", ["world.yaml:8: channels.0: channel key 'sms' is taken"]),
        (
            "channel_groups:\n  a: {channel_type: sms, channel_rules: [smss]}\n",
            ["world.yaml:8: channel_groups.a: channel group 'a': rules[0].channel: there is no channel 'smss'"],
        ),
        ("audiences:\n  - {members: [jane]}\n", ["world.yaml:8: audiences.0.key: is required"]),
        (
            "schedules:\n  - {workflow: helo, recipient: jane, scheduled_at: 2027-01-01T00:00:00Z}\n",
            ["world.yaml:8: schedules.0: "],
        ),
        ("schedules:\n  - {workflow: hello, recipient: jane}\n", ["world.yaml:8: schedules.0.scheduled_at: "]),
        ("objects:\n  - {collection: a, id: b, timezone: 7}\n", ["world.yaml:8: objects.0.timezone: "]),
        ("tenants:\n  - id: a\n    settings: {branding: 7}\n", ["world.yaml:9: tenants.0.settings.branding: "]),
        (
            "subscriptions:\n  - object: {collection: a, id: b}\n    recipients: [jane]\n",
            ["world.yaml:8: subscriptions.0: "],
        ),
        (
            "guides:\n  tour:\n    steps: [{ref: a, vales: {}}]\n",
            ["world.yaml:9: guides.tour: guide 'tour'"],
        ),
        (
            "runs:\n  - {workflow: hello, recipient: jane, status: paused}\n",
            ["world.yaml:8: runs.0.step: is required", "world.yaml:8: runs.0.resumes_at: is required"],
        ),
        (
            (
                "runs:\n  - {workflow: hello, recipient: jane, status: paused,\n"
                "     step: a, resumes_at: 2027-01-01T00:00:00Z}\n"
            ),
            ["world.yaml:9: runs.0.step: a run can be paused in a delay step, but the workflow has none"],
        ),
        (
            "runs:\n  - {id: a, workflow: hello, recipient: jane}\n  - {id: a, workflow: hello, recipient: jane}\n",
            ["world.yaml:9: runs.1.id: 'a' stands at runs.0 already: leave one out, or put both together"],
        ),
        (
            "objects:\n  - {collection: a, id: b}\n  - {collection: c, id: b}\n  - {collection: a, id: b}\n",
            ["world.yaml:10: objects.2.id: 'b' stands at objects.0 already: leave one out, or put both together"],
        ),
        (
            "tenants:\n  - {id: a}\n  - {id: a}\nobjects:\n  - {collection: $tenants, id: a}\n",
            [
                "world.yaml:9: tenants.1.id: 'a' stands at tenants.0 already",
                "world.yaml:11: objects.0.id: 'a' stands at tenants.0 already",
            ],
        ),
        (
            "channels:\n  - {key: sms, type: sms}\n  - {key: sms, type: sms, sandbox: true}\n",
            ["world.yaml:9: channels.1.key: 'sms' stands at channels.0 already"],
        ),
        (
            (
                "schedules:\n"
                "  - {id: a, workflow: hello, recipient: jane, scheduled_at: 2027-01-01T00:00:00Z}\n"
                "  - {id: a, workflow: hello, recipient: jane, scheduled_at: 2027-01-01T00:00:00Z}\n"
            ),
            ["world.yaml:9: schedules.1.id: 'a' stands at schedules.0 already"],
        ),
        (
            "messages:\n  - {channel: email, recipient: jane, workflow: hello, template: {}}\n",
            ["world.yaml:8: messages.0.recipient: cannot be reached on email: it needs recipient.email"],
        ),
        (
            (
                "messages:\n  - {channel: in-app-feed, recipient: jane, workflow: hello, status: sent,\n"
                "     template: {markdown_body: A}}\n"
            ),
            ["world.yaml:8: messages.0.status: a message on a channel of type in_app_feed is never sent"],
        ),
        (
            "messages:\n  - {channel: in-app-feed, recipient: jane, workflow: hello, template: {markdwon_body: A}}\n",
            ["world.yaml:8: messages.0: template"],
        ),
        (
            "messages:\n  - {channel: fax, recipient: joe, workflow: hello, template: {}}\n",
            ["world.yaml:8: messages.0.channel: there is no channel with the key or id 'fax'"],
        ),
        (
            "runs:\n  - {workflow: hello, recipient: jane, inserted_at: 2026-03-28T00:00:00Z}\n",
            ["world.yaml:8: runs.0.inserted_at: is after the start"],
        ),
        (
            (
                "runs:\n  - {workflow: hello, recipient: jane, status: paused, step: wait,\n"
                "     resumes_at: 2026-01-01T00:00:00Z}\n"
            ),
            ["world.yaml:9: runs.0.resumes_at: must be after the start of the scenario: the run waits then"],
        ),
        (
            "bulk_operations:\n  - {name: a, estimated_total_rows: 1, success_count: 2}\n",
            ["world.yaml:8: bulk_operations.0.success_count: is more than the 1 rows"],
        ),
        (
            "timeline:\n  - {at: soon, trigger: {workflow: hello, recipients: [jane]}}\n",
            ["world.yaml:8: timeline.0.at: 'soon' is no moment"],
        ),
        (
            "timeline:\n  - {at: +1h, trigger: {workflow: helo, recipients: [jane]}}\n",
            [
                "world.yaml:8: timeline.0.trigger.workflow: there is no workflow 'helo': did you mean 'hello'?",
            ],
        ),
        (
            "timeline:\n  - {at: +3000000d, trigger: {workflow: hello, recipients: [jane]}}\n",
            ["world.yaml:8: timeline.0.at: '+3000000d' after the start is beyond the calendar"],
        ),
        (
            "faults:\n  - {targets: users.praise, effect: {type: error, status: 503}}\n",
            ["world.yaml:8: faults.0: "],
        ),
        (
            "delivery:\n  - {channel: fax, hold: true}\n",
            ["world.yaml:8: delivery.0: delivery.hold: there is no channel"],
        ),
        (
            "delivery:\n  - {channel: email}\n",
            ["world.yaml:8: delivery.0: needs one of statuses, fail, bounce, hold"],
        ),
        (
            "delivery:\n  - {hold: true, bounce: {}}\n",
            ["world.yaml:8: delivery.0: has bounce and hold: leave all but one out"],
        ),
        ("rate_limits: {overrides: {users.praise: 1}}\n", ["world.yaml:7: rate_limits: "]),
        ("timeline:\n  - {at: +1h}\n", ["world.yaml:8: timeline.0: needs one of trigger, call"]),
        (
            (
                "timeline:\n"
                "  - {at: +1h, trigger: {workflow: hello, recipients: [jane]}, call: {method: GET, path: /v1/users}}\n"
            ),
            ["world.yaml:8: timeline.0: has trigger and call: leave all but one out"],
        ),
        (
            "responders:\n  - {kind: fetch, url: a.test, answers: [{}]}\n",
            ["world.yaml:8: responders.0: fetch: 'a.test' is no URL"],
        ),
        (
            "responders:\n  - {kind: fetch, answers: [{status: 99}]}\n",
            ["world.yaml:8: responders.0.answers.0.status: must be at least 200"],
        ),
    ],
)
def test_what_cannot_be_honoured_is_named_by_file_line_and_field(text: str, told: list[str]) -> None:
    problems = refused(text)
    assert len(problems) == len(told), problems
    for problem, expected in zip(problems, told, strict=True):
        assert problem.startswith(expected), problem


def test_what_should_be_an_instant_and_is_none_is_named() -> None:
    entry = (
        "{channel: email, recipient: jane, workflow: hello, inserted_at: soon, template: {subject: a, html_body: b}}"
    )
    run = "{workflow: later, recipient: jane, status: paused, step: wait, resumes_at: soon, inserted_at: 2026-13-01}"
    operation = "{name: users.identify, estimated_total_rows: 1, inserted_at: soon}"
    sections = f"runs: [{run}]\nmessages: [{entry}]\nbulk_operations: [{operation}]\n"
    remedy = "is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'"
    assert refused("start: yesterday\n" + sections, BASE.replace("start: 2026", "description: 2026")) == [
        f"world.yaml:7: start: 'yesterday' {remedy}",
        f"world.yaml:8: runs.0.inserted_at: '2026-13-01' {remedy}",
        f"world.yaml:8: runs.0.resumes_at: 'soon' {remedy}",
        f"world.yaml:9: messages.0.inserted_at: 'soon' {remedy}",
        f"world.yaml:10: bulk_operations.0.inserted_at: 'soon' {remedy}",
    ]


def test_responders_of_a_scenario_answer() -> None:
    world = KnockFake()
    listed = ["{kind: model, answers: [{text: Hi}]}", "{kind: fetch, url: '*', answers: [{json: {a: 1}}]}"]
    text = "responders:\n" + "".join(f"  - {one}\n" for one in listed)
    world.lay(read_text(text, "world.yaml"))
    assert [(one.number, one.kind) for one in world.responders] == [(1, "model"), (2, "fetch")]
    world.lay(read_text("users: []\n", "world.yaml"))
    assert len(world.responders) == 0


def test_endpoints_of_a_scenario_are_told_of_what_happens_afterwards() -> None:
    text = """
    users: [{id: jane}]
    workflows: {hello: {steps: [{type: channel, channel_type: in_app_feed, template: {markdown_body: Hi}}]}}
    webhooks: [{url: "https://app.test/hooks", events: ["message.*", workflow.committed], secret: key}]
    responders: [{kind: endpoint, event: "*.delivered", answers: [{status: 503, times: 1}, {status: 204}]}]
    messages: [{channel: in-app-feed, recipient: jane, workflow: hello, template: {markdown_body: Hi}}]
    timeline: [{at: +1h, trigger: {workflow: hello, recipients: [jane]}}]
    """
    world = KnockFake()
    world.lay(read_text(text, "world.yaml"))
    assert (len(world.webhooks), world.webhooks["https://app.test/hooks"].secret) == (1, "key")
    world.webhooks.deliveries.none()
    world.clock.advance("2h")
    told = world.webhooks.deliveries.one()
    assert (told.event, [one.status for one in told.attempts]) == ("message.delivered", [503, 204])


def test_a_world_that_makes_up_workflows_takes_a_timeline_of_unknown_ones() -> None:
    world = KnockFake()
    timeline = "timeline:\n  - {at: +1h, trigger: {workflow: new, recipients: [jane]}}\n"
    world.lay(read_text(BASE + "unknown_workflows: accept\n" + timeline, "world.yaml"))
    world.clock.advance("1h")
    assert [run.workflow for run in world.runs] == ["new"]


def test_every_problem_is_told_at_once() -> None:
    problems = refused("channel_data: {}\nrate_limits: 7\naudiences: [{key: 7}]\n")
    assert [problem.split(": ")[0] for problem in problems] == ["world.yaml:7", "world.yaml:8", "world.yaml:9"]


def test_a_workflow_that_cannot_be_run_names_its_step() -> None:
    (problem,) = refused("", "workflows:\n  hello:\n    steps: [{type: channel, channel_type: fax}]\n")
    assert problem.startswith("world.yaml:3: workflows.hello: workflow 'hello': steps[0].channel_type")


def test_a_scenario_that_is_refused_changes_nothing() -> None:
    world = KnockFake(seed=3)
    world.client().users.update("ann")
    with pytest.raises(ScenarioError):
        world.lay(read_text(BASE + "seed: 9\nruns: [{workflow: unknown, recipient: jane}]\n", "world.yaml"))
    assert (world.seed, [user.id for user in world.users], len(world.requests)) == (3, ["ann"], 1)


def test_a_file_that_is_not_there_is_a_scenario_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no\.yaml: does not exist$"):
        KnockFake(scenario=tmp_path / "no.yaml")
    with pytest.raises(ScenarioError, match=r"cannot be read: (?!\[Errno)"):
        KnockFake(scenario=tmp_path)
    with pytest.raises(UsageTypeError, match="a scenario is a path to a file, not int 7"):
        KnockFake().lay(7)  # type: ignore[arg-type]


def test_a_moving_clock_takes_no_scenario() -> None:
    world = KnockFake()
    world.clock.call_at(world.clock.now, lambda: world.lay(SHOP), "too early")
    with pytest.raises(UsageError, match="while the clock is moving"):
        world.clock.settle()


def test_a_source_that_was_read_can_be_laid_again_and_again() -> None:
    source = read_text(BASE, "world.yaml")
    assert isinstance(source, Source)
    world = KnockFake()
    for _ in range(3):
        world.lay(source)
        world.client().users.delete("jane")
    world.lay(source)
    assert [user.id for user in world.users] == ["jane"]
