"""What other rooms say to creators, word for word: a page finds its translation by the sentence itself."""

from __future__ import annotations

from typing import Final

from chorus.creator.language import N_

HEARD: Final = frozenset(
    {
        # rights, of a link's forms
        N_("This link is not known here. Look whether all of it was copied."),
        N_("This link manages what was given without a question; there is none to answer."),
        N_("Nothing of what you post later was allowed with this link, so there is nothing to end."),
        N_("The terms do not exist in that language."),
        N_("This form was sent before. Open the link again."),
        N_("This page was open for long. Open the link again."),
        N_("This form was not made for this link. Open the link again."),
        N_("This was answered already. To allow something else, ask the brand for a new question."),
        N_("The post is gone, so there is nothing left to answer."),
        N_("The picture is still being prepared. Try again in a minute."),
        N_("Nothing was allowed with this link, so there is nothing to take back."),
        N_("Nothing was allowed with this link, so there is nothing to make smaller."),
        N_("What you allowed is over, so there is nothing left to make smaller."),
        N_("What you allowed cannot be changed to this."),
        N_("Keep at least one use, or take all of it back."),
        N_("This allows more than was allowed. To allow more, ask the brand for a new question."),
        N_("Choose a day to come, or take all of it back."),
        N_("This ends later than what was allowed."),
        N_("A name has at most 80 letters."),
        N_("A newer question took this one's place. Use the link that was sent last."),
        N_("The time to answer is over. Nothing was allowed."),
        N_("This allows more than was asked."),
        N_("Choose among the uses that were asked for."),
        N_("Say when you were born: these terms ask for an age."),
        N_("From 0 to 9 other people."),
        N_("By this link somebody else agrees; it is not the creator's own."),
        N_("This link is the creator's own: nobody else agrees by it."),
        N_("This link leads to several posts: open one of them."),
        N_("Choose among the posts that this link shows."),
        N_("These questions do not ask for the same: answer each by itself."),
        N_("Answer a picture that shows other people by itself."),
        N_("Somebody said no meanwhile, so nothing is allowed and there is nothing left to agree to."),
        # rights, of who says that something is theirs
        N_("This is not shown any more."),
        N_("Choose what you want."),
        N_("This cannot be sent as it is."),
        N_("Write at most 1000 letters."),
        N_("Many people have written about this already. Their messages are waiting for an answer."),
        # ingest, of an upload
        N_("This brand has several places to upload to: name one."),
        N_("Nothing can be uploaded here."),
        N_("Something else was sent with this form or key before, so this was not taken: send it with a new one."),
        N_("This form was sent already: its link was shown then. Open the page again to send another picture."),
        N_("The picture could not be kept: send it again."),
        N_("There is no upload with this link."),
        N_("The brand's storage is full: remove sources that bring too much, or raise CHORUS_BRAND_QUOTA."),
        N_("Use a random key of at least 16 characters for each upload, for example a UUID."),
        N_("Say how you want to be named: a name or a handle."),
        N_("This does not look like an e-mail address."),
        N_("Without your consent the picture cannot be taken."),
        N_("The terms have changed since the page was opened: please read them again."),
        N_("Some of this is missing or cannot be taken."),
        N_("The picture has more than 25 MB: choose a smaller one."),
        N_("Many pictures are being sent just now: try again in a few seconds."),
        # ingest, of a picture
        N_("Too many pictures are being read just now: try again in a minute."),
        N_("Pictures cannot be read just now: try again in a minute."),
        N_("The picture has more than 25 MB."),
        N_("The animation is too long: the most is 200 frames, fewer where they are large."),
        N_("The picture unfolds to far more pixels than a picture has."),
        N_("The picture has more than 60 megapixels: send a smaller one."),
        N_("The picture needs more memory than one may have: send a smaller one."),
        N_("The picture is broken: its beginning cannot be read."),
        N_("This is no JPEG, PNG, WebP or GIF picture."),
        N_("The picture ends before it is complete: send it again."),
        N_("The picture carries texts that unfold to more than they may."),
        N_("The picture is broken and cannot be shown."),
        N_("The picture takes too long to read: send a simpler one."),
        # the platform, of a service that does not answer
        N_("This part of Chorus has too much to do just now: try again in a moment."),
        N_("This part of Chorus cannot be reached just now: try again in a moment."),
        N_("The service answered with an error that it did not explain."),
    }
)
