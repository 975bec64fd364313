"""curation: the queue of posts, and what curators decided about them.

Owns: reviews, annotations, collections, and its own projection of posts. Hears: chorus.post.v1. Says: chorus.review.v1.
"""
