"""What is kept whole, as JSON: written and read back by the types themselves."""

from __future__ import annotations

from pydantic import TypeAdapter

from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.post import Post
from chorus.publishing.domain.shown import Shown
from chorus.publishing.domain.surface import Definition
from chorus.publishing.domain.takedown import Takedown

POST: TypeAdapter[Post] = TypeAdapter(Post)
GRANT: TypeAdapter[Grant] = TypeAdapter(Grant)
SHOWN: TypeAdapter[Shown] = TypeAdapter(Shown)
DEFINITION: TypeAdapter[Definition] = TypeAdapter(Definition)
TAKEDOWN: TypeAdapter[Takedown] = TypeAdapter(Takedown)
