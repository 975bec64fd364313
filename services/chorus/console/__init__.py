"""console: the curators' door. It owns no data.

Speaks Connect to the browser app in `web/`, and gRPC to the services, with the member's own access token.
"""
