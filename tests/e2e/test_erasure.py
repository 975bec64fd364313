"""What a creator had erased is nowhere any more: every table of every database is read, and every object is named."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import psycopg
from psycopg import sql

from chorus.local.house import House
from chorus.local.people import until
from chorus.platform.objects import open_store
from tests.house.story import Json, Story, all_gone

# What services said to each other, and answers to commands that may come again: kept for 14 days.
TECHNICAL = {"outbox", "idempotency", "log_record"}
# Other tests live in the same house: what is looked for, this picture too, is in none of their posts.
MARKS = ("Zebrafinch", "wallaby")
SEED = 987


def marked(story: Story) -> Json:
    """Write a post whose words and names stand nowhere else."""
    account = {"id": "wallaby-1", "handle": "wallaby", "name": "Wallaby Example"}
    return story.item(1, seed=SEED, text="Zebrafinch at blue hour") | {"account": account}


def attest(story: Story, post: str) -> None:
    """Say as the brand what its creator has said already, with a proof that holds the words too."""
    proof = base64.b64encode(b"%PDF-1.7 Zebrafinch, by a wallaby").decode()
    said = {"basis": "BASIS_OTHER", "other": "Wallaby release", "givenBy": "Wallaby", "givenOn": "2026-11-03"}
    claim = {"note": "Zebrafinch", "credit": "Wallaby", "proof": proof, "proofName": "wallaby.pdf"}
    story.call("rights.v1.Rights/AttestGrant", post=post, scope={"uses": ["USE_WEB"]}, **said, **claim)
    assert "rights.proofs" in tables_with(story.house, MARKS)


def claim(story: Story) -> None:
    """Say as a stranger that it is theirs."""
    page = story.visitor.get(story.feed()["items"][0]["_chorus"]["mine_url"])
    story.visitor.submit(page, "Send", kind="not_allowed", words="Zebrafinch is mine", email="wallaby@creators.example")
    assert "rights.sayings" not in tables_with(story.house, MARKS), "it is sealed"


def sayings(story: Story, post: str) -> int:
    """Count what strangers wrote about a post."""
    with story.database("rights") as conn:
        found = conn.execute("SELECT count(*) FROM sayings WHERE post = %s", [post]).fetchone()
    return int(found[0]) if found else 0


def tables_with(house: House, marks: tuple[str, ...]) -> set[str]:
    """Name every table, by its database, of which a row holds one of these, as text or as bytes."""
    assert house.engines is not None
    urls = dict(house.engines.databases)
    if house.engines.events.startswith("postgres"):
        urls["events"] = house.engines.events
    return {f"{room}.{table}" for room, url in urls.items() for table in _tables_with(url, marks)}


def _tables_with(url: str, marks: tuple[str, ...]) -> Iterator[str]:
    patterns = [f"%{form}%" for mark in marks for form in (mark, mark.encode().hex())]
    with psycopg.connect(url) as conn:
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            query = sql.SQL("SELECT 1 FROM {table} AS row WHERE row::text ILIKE ANY(%s) LIMIT 1")
            if conn.execute(query.format(table=sql.Identifier(table)), [patterns]).fetchone():
                yield table


def objects(house: House, *named: str) -> list[str]:
    """Name every object, private or public, whose address holds one of these."""
    assert house.engines is not None
    stores = [open_store(url) for url in (house.engines.media, house.engines.public_media)]
    return [key for store in stores for key in store.list() if any(name in key for name in named)]


def test_what_a_creator_had_erased_is_in_no_database_and_no_store(story: Story) -> None:
    story.send(marked(story))
    (queued,) = story.arrived(1)
    story.decide(queued, reason="A wallaby is in it")
    link = story.ask(queued["post"])
    story.visitor.submit(story.visitor.get(link), "Yes, you may", credit="Wallaby")
    story.shows({queued["post"]})
    attest(story, queued["post"])
    claim(story)
    assert sayings(story, queued["post"]) == 1
    shown = story.media_addresses()
    placement = shown[0].rpartition("/")[0].rpartition("/")[2]
    (rights,) = story.call("rights.v1.Rights/BatchGetPostRights", posts=[queued["post"]])["rights"]
    (original,) = rights["grants"][0]["mediaSha256"]
    named = (original, queued["media"][0]["media"], placement)
    assert len(objects(story.house, *named)) > len(shown)
    before = {table.partition(".")[0] for table in tables_with(story.house, (*MARKS, original))}
    assert before >= {"ingest", "curation", "rights", "publishing"}
    story.visitor.submit(story.visitor.get(f"{link}/erase"), "Yes, erase all of it")
    story.shows(set())
    until("its clock to run", lambda: "Not shown by us since" in story.visitor.get(link).text or None)
    until("its pictures to be gone", all_gone(shown))
    until("every object to be gone", lambda: not objects(story.house, *named) or None)
    until("every row to be gone", lambda: not left(story.house, original) or None)
    assert sayings(story, queued["post"]) == 0
    assert "erased" in story.visitor.get(link).text


def left(house: House, original: str) -> set[str]:
    """Name the tables that keep something of the post for longer than the technical records."""
    return {each for each in tables_with(house, (*MARKS, original)) if each.partition(".")[2] not in TECHNICAL}
