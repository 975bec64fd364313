"""Rights: asking creators for rights, what they gave, and what brands attest of permissions from elsewhere.

Owns: terms (immutable versions), requests, grants, standing consents, proofs of what brands attest, creators' links,
the policy of what is asked by itself; how creators are contacted (addresses, mail, caps, quiet hours), and who does not
want to be.
Hears: chorus.brand.v1 (names), chorus.post.v1 (posts, pictures, consent given with uploads), chorus.review.v1.
Says: chorus.rights.v1 (requested, granted, narrowed, declined, lapsed, revoked, expired; `as_of` for
the lease);
chorus.erasure.v1 (forgotten).
"""
