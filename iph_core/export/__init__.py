"""Forms of a result beside the plain picture: a page of its own, Content Credentials."""
