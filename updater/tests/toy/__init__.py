"""A live object of the tests' own: quotes, which are on one page and know nothing of posts.

It is what a new live thing takes: a model's verbs, a module and a template; and a page to be on.
"""
