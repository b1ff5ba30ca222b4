"""A live blog as tutorials teach it: what BookShelf is measured against."""

GROUP = "posts"
