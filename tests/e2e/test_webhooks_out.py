"""Webhooks from a running house, on both profiles: what a web team that knows nothing else shows is what is shown."""

from __future__ import annotations

import threading

from chorus.local.people import until
from tests.contract.test_feed_schema import problems
from tests.house.fixtures import on
from tests.house.story import Story
from tests.receiver import Copy, Receiver, Said, Verifier


def test_a_web_team_shows_what_is_shown_and_nothing_after_it_was_taken_back(story: Story, web_team: Receiver) -> None:
    path = f"/{story.brand}"
    secret = story.subscribe(web_team.url(path), surface="wall")["secret"]
    (first, link), (second, _) = story.live(2)
    until("both to be told", lambda: len(web_team.at(path)) == 2 or None)
    assert {each["id"]: each for each in story.feed()["items"]} == shown(web_team, path)
    story.revoke(link)
    story.shows({second})
    until("the withdrawal to be told", lambda: len(web_team.at(path)) == 3 or None)
    assert {each["id"]: each for each in story.feed()["items"]} == shown(web_team, path)
    last = web_team.at(path)[-1]
    assert (last.type, last.event["data"]["post_id"], last.event["data"]["reason"]) == (
        "post.withdrawn",
        first,
        "revoked",
    )
    verifier = Verifier(secret)
    assert all(verifier.believes(each) for each in web_team.at(path))
    assert [problems("webhook", each.event) for each in web_team.at(path)] == [[], [], []]


def shown(web_team: Receiver, path: str) -> dict[str, object]:
    copy = Copy()
    copy.apply(web_team.at(path))
    return {**copy.items}


@on("embedded")
def test_what_was_not_taken_comes_again_from_the_next_process(story: Story, web_team: Receiver) -> None:
    path, taken = f"/{story.brand}", threading.Event()
    web_team.answer = lambda request: Said(503 if request.path == path and not taken.is_set() else 204)
    story.subscribe(web_team.url(path))
    story.live()
    until("a try", lambda: web_team.at(path) or None)
    taken.set()
    story.house.restart("publishing")
    until("another try", lambda: len(web_team.at(path)) > 1 or None)
    assert len({each.id for each in web_team.at(path)}) == 1
