"""What the creator door calls: rights for links, ingest for uploads and previews, publishing and brands for company."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import grpc

from chorus.api.brands.v1 import brands_pb2, brands_pb2_grpc
from chorus.api.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from chorus.api.publishing.v1 import publishing_pb2, publishing_pb2_grpc
from chorus.api.rights.v1 import claim_pb2, contact_pb2, rights_pb2, rights_pb2_grpc
from chorus.creator.language import N_
from chorus.errors import ChorusError, Conflict, NotFound, Unavailable
from chorus.platform import logs
from chorus.platform.status import error_of

log = logs.logger(__name__)
# What only keeps a page company must not keep it waiting.
_COMPANY_SECONDS = 2.0
_BRAND_SECONDS = 60.0
# Decoding a picture is part of the upload's own call.
_UPLOAD_SECONDS = 60.0
# As many posts as publishing is asked about at once.
_BATCH = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Look:
    """How a brand is named and coloured."""

    brand: str
    name: str
    accent: str = ""


class Backends:
    """The four services, with their failures as `chorus.errors`."""

    def __init__(
        self, *, rights: grpc.Channel, ingest: grpc.Channel, publishing: grpc.Channel, brands: grpc.Channel
    ) -> None:
        """Take a channel to each; nothing is called yet."""
        self._rights = rights_pb2_grpc.RightsStub(rights)
        self._ingest = ingest_pb2_grpc.IngestStub(ingest)
        self._publishing = publishing_pb2_grpc.PublishingStub(publishing)
        self._brands = brands_pb2_grpc.BrandsStub(brands)
        self._looks: dict[str, tuple[float, Look]] = {}

    def link(self, token: str, languages: Sequence[str] = ()) -> rights_pb2.CreatorView:
        """Look at a link, its terms in the best of these languages; changes nothing. NotFound: it leads nowhere."""
        request = rights_pb2.GetLinkRequest(link=token, languages=languages)
        return _called(lambda: self._rights.GetLink(request))

    def own_link(self, token: str, languages: Sequence[str] = ()) -> rights_pb2.CreatorView:
        """Look at one post of a creator's own link. Conflict where it leads to several, or is for somebody to agree."""
        view = self.link(token, languages)
        if view.linked:
            message = N_("This link leads to several posts: open one of them.")
            raise Conflict(message, reason="SEVERAL_POSTS")
        if view.part:
            message = N_("By this link somebody else agrees; it is not the creator's own.")
            raise Conflict(message, reason="WRONG_PURPOSE")
        return view

    def answer(self, request: rights_pb2.AnswerRequest) -> rights_pb2.CreatorView:
        """Give the creator's one answer."""
        return _called(lambda: self._rights.Answer(request))

    def confirm(self, request: rights_pb2.ConfirmRequest) -> rights_pb2.CreatorView:
        """Hand in the yes or no of somebody else whose yes is needed."""
        return _called(lambda: self._rights.Confirm(request))

    def revoke(self, token: str, nonce: str, *, only_new: bool = False) -> rights_pb2.CreatorView:
        """Take back what was given, and end what the brand attested; or only end the standing consent."""
        request = rights_pb2.RevokeRequest(link=token, nonce=nonce, only_new=only_new)
        return _called(lambda: self._rights.Revoke(request))

    def end_attested(self, token: str, nonce: str) -> rights_pb2.CreatorView:
        """End what the brand attested alone."""
        request = rights_pb2.RevokeRequest(link=token, nonce=nonce, attested_only=True)
        return _called(lambda: self._rights.Revoke(request))

    def narrow(self, request: rights_pb2.NarrowRequest) -> rights_pb2.CreatorView:
        """Allow less than was given."""
        return _called(lambda: self._rights.Narrow(request))

    def erase(self, token: str, nonce: str) -> rights_pb2.CreatorView:
        """Have all that is kept of the post erased."""
        return _called(lambda: self._rights.Erase(rights_pb2.EraseRequest(link=token, nonce=nonce)))

    def opt_out(self, token: str) -> contact_pb2.OptOutView:
        """Ask who may not ask the holder of a link; changes nothing."""
        return _called(lambda: self._rights.GetOptOut(contact_pb2.GetOptOutRequest(link=token)))

    def set_opt_out(self, token: str, wish: contact_pb2.OptOut.ValueType) -> contact_pb2.OptOutView:
        """Say who may not ask the holder of a link."""
        return _called(lambda: self._rights.SetOptOut(contact_pb2.SetOptOutRequest(link=token, opt_out=wish)))

    def receipts(self, token: str) -> rights_pb2.GetReceiptsResponse:
        """Ask for the receipts of what was decided by a link, the oldest first."""
        return _called(lambda: self._rights.GetReceipts(rights_pb2.GetReceiptsRequest(link=token)))

    def agreement(self, token: str) -> str:
        """Ask for what is allowed by a link now, in ODRL (JSON-LD), what was allowed last; empty where nothing is."""
        request = rights_pb2.GetAgreementsRequest(link=token)
        found = _called(lambda: self._rights.GetAgreements(request)).agreements
        return found[-1].document if found else ""

    def evidence(self) -> rights_pb2.EvidenceLog:
        """Ask for the keys and the newest checkpoint of the log of evidence."""
        return _called(lambda: self._rights.GetEvidenceLog(rights_pb2.GetEvidenceLogRequest()))

    def consistency(self, old_size: int, size: int) -> list[bytes]:
        """Ask for a proof that the log went on from one size to another."""
        request = rights_pb2.GetEvidenceConsistencyRequest(old_size=old_size, size=size)
        return list(_called(lambda: self._rights.GetEvidenceConsistency(request)).proof)

    def leaves(self, start: int) -> rights_pb2.GetEvidenceLeavesResponse:
        """Ask for the hashes of the log's entries from one on."""
        request = rights_pb2.GetEvidenceLeavesRequest(start=start)
        return _called(lambda: self._rights.GetEvidenceLeaves(request))

    def withdraw(self, brand: str, token: str) -> None:
        """Take an upload back."""
        request = ingest_pb2.WithdrawUploadRequest(brand=brand, link=token)
        _called(lambda: self._ingest.WithdrawUpload(request))

    def upload(self, request: ingest_pb2.CreateUploadRequest) -> ingest_pb2.CreateUploadResponse:
        """Hand in an upload."""
        return _called(lambda: self._ingest.CreateUpload(request, timeout=_UPLOAD_SECONDS))

    def preview(self, request: ingest_pb2.GetPreviewRequest) -> ingest_pb2.GetPreviewResponse:
        """Fetch a private preview."""
        return _called(lambda: self._ingest.GetPreview(request))

    def upload_sources(self, brand: str) -> list[ingest_pb2.Source]:
        """List the brand's upload pages that are open."""
        request = ingest_pb2.ListSourcesRequest(brand=brand, connector="upload", page_size=100)
        sources = _called(lambda: self._ingest.ListSources(request)).sources
        return [source for source in sources if source.health != ingest_pb2.SOURCE_HEALTH_PAUSED]

    def placements(self, brand: str, *posts: str) -> list[publishing_pb2.Placement] | None:
        """List where these posts are shown now; None where that cannot be known just now."""
        parts = (posts[start : start + _BATCH] for start in range(0, len(posts), _BATCH))
        found = _company(lambda: [each for part in parts for each in self._placed(brand, part)])
        if found is None:
            return None
        return [each for each in found if each.state == publishing_pb2.PLACEMENT_STATE_LIVE]

    def _placed(self, brand: str, posts: Sequence[str]) -> Sequence[publishing_pb2.Placement]:
        request = publishing_pb2.BatchGetPostPlacementsRequest(brand=brand, posts=posts)
        return self._publishing.BatchGetPostPlacements(request, timeout=_COMPANY_SECONDS).placements

    def takedowns(self, brand: str, post: str) -> list[publishing_pb2.Takedown] | None:
        """List what of a post was taken down, the newest first; None where that cannot be known just now."""
        request = publishing_pb2.ListTakedownsRequest(brand=brand, post=post)
        found = _company(lambda: self._publishing.ListTakedowns(request, timeout=_COMPANY_SECONDS))
        return None if found is None else list(found.takedowns)

    def public_items(self, request: publishing_pb2.FindPublicItemsRequest) -> publishing_pb2.FindPublicItemsResponse:
        """List what everybody can see now on a brand's public surfaces."""
        return _called(lambda: self._publishing.FindPublicItems(request))

    def claim(self, request: claim_pb2.ClaimPostRequest) -> claim_pb2.ClaimPostResponse:
        """Say for somebody that a post is theirs."""
        return _called(lambda: self._rights.ClaimPost(request))

    def look(self, brand: str) -> Look:
        """Name a brand; NotFound where there is none. Its id must do while brands cannot be reached."""
        kept = self._looks.get(brand)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        request = brands_pb2.GetBrandRequest(brand=brand)
        try:
            found = _called(lambda: self._brands.GetBrand(request, timeout=_COMPANY_SECONDS))
        except NotFound:
            raise
        except ChorusError:
            return kept[1] if kept else Look(brand, brand)
        look = Look(brand, found.display_name or brand, found.accent)
        self._looks[brand] = (time.monotonic() + _BRAND_SECONDS, look)
        return look

    def check_rights(self) -> None:
        """Raise Unavailable unless rights answers: without it, this door has nothing to say."""
        try:
            self.link("")
        except Unavailable:
            raise
        except ChorusError:
            return


def _company(call: Callable[[], T]) -> T | None:
    """Ask what only keeps a page company; None where that cannot be had just now."""
    try:
        return _called(call)
    except ChorusError as error:
        log.warning("where a post is shown is unknown", reason=error.reason)
        return None


def _called(call: Callable[[], T]) -> T:
    try:
        return call()
    except grpc.RpcError as failure:
        raise error_of(failure) from failure
