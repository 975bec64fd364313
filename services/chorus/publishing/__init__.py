"""Publishing: shows a post on each surface that it fits, and takes it off in time.

Owns surfaces, placements, the public area of the object store, endpoints and take-downs; hears chorus.brand.v1,
chorus.post.v1, chorus.review.v1 and chorus.rights.v1; says chorus.placement.v1. Asks nobody, but rights whether grants
still hold when it has not heard from rights for too long, and its own public address whether something is gone.
"""
