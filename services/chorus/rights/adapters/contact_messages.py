"""How creators are contacted, in protobuf, and back."""

from __future__ import annotations

import re
from datetime import time

from chorus.api.rights.v1 import contact_pb2 as pb
from chorus.errors import Invalid
from chorus.platform.facts import timestamp
from chorus.rights.domain.contact import Barred, ContactPolicy, Quiet
from chorus.rights.domain.link import Brand
from chorus.rights.domain.opting import Wish
from chorus.rights.domain.reply import DEFAULT_REPLY, usual_hashtag
from chorus.rights.domain.request import Channel
from chorus.rights.handlers.contacting import Reach
from chorus.rights.handlers.opting import Choice

CHANNELS = {
    Channel.LINK: pb.CHANNEL_LINK,
    Channel.EMAIL: pb.CHANNEL_EMAIL,
    Channel.REPLY: pb.CHANNEL_REPLY,
}
_WISHES = {
    Wish.NONE: pb.OPT_OUT_NONE,
    Wish.BRAND: pb.OPT_OUT_BRAND,
    Wish.EVERYWHERE: pb.OPT_OUT_EVERYWHERE,
}
_READ_WISHES: dict[int, Wish] = {number: wish for wish, number in _WISHES.items()}
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_READ_CHANNELS: dict[int, Channel] = {number: channel for channel, number in CHANNELS.items()}


def read_channel(number: int) -> Channel:
    """Read a channel, a link where none is named; Invalid where it is none."""
    if number in {pb.CHANNEL_UNSPECIFIED, *_READ_CHANNELS}:
        return _READ_CHANNELS.get(number, Channel.LINK)
    message = "There is no such way to ask."
    raise Invalid(message, fields={"channel": message})


def read_wish(number: int) -> Wish:
    """Read who may not ask any more; Invalid where that is not said."""
    if number in _READ_WISHES:
        return _READ_WISHES[number]
    message = "Say who may not ask you any more."
    raise Invalid(message, fields={"opt_out": message})


def reach_message(reach: Reach) -> pb.Contact:
    """Write how a post's creator can be reached."""
    waiting = reach.waiting
    return pb.Contact(
        post=reach.post,
        email=reach.address.masked if reach.address else "",
        mail_at=timestamp(waiting.next_try_at) if waiting else None,
        mail_trouble=waiting.trouble if waiting else "",
        barred=bar_message(reach.barred) if reach.barred else None,
    )


def bar_message(bar: Barred) -> pb.Barred:
    """Write why a creator may not be contacted now."""
    return pb.Barred(reason=bar.reason, message=bar.message, until=timestamp(bar.until) if bar.until else None)


def choice_message(choice: Choice) -> pb.OptOutView:
    """Write what a creator has said about being asked."""
    brand = choice.brand
    wish = _WISHES[choice.wish]
    return pb.OptOutView(brand=brand.brand, brand_name=brand.name, brand_accent=brand.accent, opt_out=wish)


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
