"""Django alone, for the view that is behind no middleware."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
