"""Rights: asking creators for rights, and what they gave.

Owns: terms (immutable versions), requests, grants, standing consents, creators' links, the policy of what is asked by
itself.
Hears: chorus.brand.v1 (names), chorus.post.v1 (posts, pictures, consent given with uploads), chorus.review.v1.
Says: chorus.rights.v1 (requested, granted, narrowed, declined, lapsed, revoked, expired; `as_of` for
the lease);
chorus.erasure.v1 (forgotten).
"""
