"""Pages of the site itself: about, contact, privacy. Their texts are the operator's."""
