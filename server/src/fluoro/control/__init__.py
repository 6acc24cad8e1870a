"""What people configure: sampling, groups, tags, policies, encryption."""
