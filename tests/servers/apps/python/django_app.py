import os
import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="only for this measurement")


def quick(_request):
    return HttpResponse(os.environ.get("ANSWER", "quick") + "\n")


def slow(_request):
    time.sleep(3)
    return HttpResponse("slow\n")


urlpatterns = [path("", quick), path("slow", slow)]
app = get_wsgi_application()
