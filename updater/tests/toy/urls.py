"""The site's addresses, and the page of quotes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from bookshelf.urls import urlpatterns as site
from posts.pages.live_region import live
from updater.tests.toy.models import Quote


def quotes(request: HttpRequest) -> HttpResponse:
    context = {"live": live("quotes"), "quotes": Quote.objects.order_by("pk")}
    return render(request, "toy/quotes.html", context)


urlpatterns = [path("quotes/", quotes), *site]
