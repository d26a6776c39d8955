"""The same project with Django's own login addresses, as its documentation has them."""

from django.urls import include, path

from tests.urls import urlpatterns as everything

urlpatterns = [path("accounts/", include("django.contrib.auth.urls")), *everything]
