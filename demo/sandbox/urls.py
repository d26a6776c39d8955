"""The sandbox's addresses: the Web API, ``response_url``, and the page."""

from django.urls import path

from demo.sandbox import api_view, views

app_name = "sandbox"

urlpatterns = [
    path("api/<str:name>", api_view.call, name="api"),
    path("respond/<str:token>", views.respond, name="respond"),
    path("state", views.state, name="state"),
    path("poll", views.poll, name="poll"),
    path("act/<str:what>", views.act, name="act"),
    path("archives/<str:channel>", views.archives, name="channel"),
    path("archives/<str:channel>/<str:message>", views.archives, name="message"),
    path("", views.page, name="page"),
]
