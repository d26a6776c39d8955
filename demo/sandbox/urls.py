"""The sandbox's addresses: the Web API, ``response_url``, files, and the page."""

from django.urls import path

from demo.sandbox import api_view, files_view, views

app_name = "sandbox"

urlpatterns = [
    path("api/<str:name>", api_view.call, name="api"),
    path("respond/<str:token>", views.respond, name="respond"),
    path("upload/<str:ticket>", files_view.upload, name="upload"),
    path("files/<str:file_id>/<str:name>", files_view.download, name="file"),
    path("state", views.state, name="state"),
    path("poll", views.poll, name="poll"),
    path("act/<str:what>", views.act, name="act"),
    path("archives/<str:channel>", views.archives, name="channel"),
    path("archives/<str:channel>/<str:message>", views.archives, name="message"),
    path("", views.page, name="page"),
]
