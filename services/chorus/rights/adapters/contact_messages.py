"""How creators are contacted, in protobuf, and back."""

from __future__ import annotations

import re
from datetime import time

from chorus.api.rights.v1 import contact_pb2 as pb
from chorus.errors import Invalid
from chorus.rights.domain.contact import ContactPolicy, Quiet
from chorus.rights.domain.link import Brand
from chorus.rights.domain.reply import DEFAULT_REPLY, usual_hashtag
from chorus.rights.domain.request import Channel

CHANNELS = {
    Channel.LINK: pb.CHANNEL_LINK,
    Channel.EMAIL: pb.CHANNEL_EMAIL,
    Channel.REPLY: pb.CHANNEL_REPLY,
}
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_READ_CHANNELS: dict[int, Channel] = {number: channel for channel, number in CHANNELS.items()}


def read_channel(number: int) -> Channel:
    """Read a channel, a link where none is named; Invalid where it is none."""
    if number in {pb.CHANNEL_UNSPECIFIED, *_READ_CHANNELS}:
        return _READ_CHANNELS.get(number, Channel.LINK)
    message = "There is no such way to ask."
    raise Invalid(message, fields={"channel": message})


def policy_message(policy: ContactPolicy) -> pb.ContactPolicy:
    """Write how a brand keeps in touch."""
    return pb.ContactPolicy(
        brand=policy.brand,
        most=policy.most,
        days=policy.days,
        quiet_from=f"{policy.quiet.start:%H:%M}",
        quiet_until=f"{policy.quiet.end:%H:%M}",
        time_zone=policy.quiet.zone,
        reminders=policy.reminders,
        hashtag=policy.hashtag,
        reply=policy.reply,
    )


def policy_answer(policy: ContactPolicy, brand: Brand) -> pb.GetContactPolicyResponse:
    """Write the same, with what is used where nothing was chosen."""
    return pb.GetContactPolicyResponse(
        policy=policy_message(policy), usual_hashtag=usual_hashtag(brand.name, brand.brand), usual_reply=DEFAULT_REPLY
    )


def read_policy(brand: str, said: pb.ContactPolicy) -> ContactPolicy:
    """Read how a brand wants to keep in touch; Invalid where an hour is none."""
    quiet = Quiet(_hour(said.quiet_from, "quiet_from"), _hour(said.quiet_until, "quiet_until"), said.time_zone)
    reminders, hashtag = tuple(said.reminders), said.hashtag.strip()
    return ContactPolicy(brand, said.most, said.days, quiet, reminders, hashtag, said.reply.strip())


def _hour(said: str, field: str) -> time:
    if _HOUR.fullmatch(said):
        return time.fromisoformat(said)
    message = "Write the hour as 21:00."
    raise Invalid(message, fields={field: message})
