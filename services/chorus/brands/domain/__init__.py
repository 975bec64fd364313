"""What a brand, a member and a credential are; pure."""
