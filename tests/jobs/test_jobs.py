"""The same promises, on each queue and broker, over real processes: see `kills`, `deliveries`, `outages` and `work`."""

from tests.jobs.deliveries import Deliveries
from tests.jobs.kills import Kills
from tests.jobs.outages import Outages
from tests.jobs.work import Work


class TestCeleryOverRedis(Work, Outages, Deliveries, Kills):
    STACK = "celery-redis"
    ORDERS = 1000


class TestCeleryOverRabbitMQ(Work, Outages, Deliveries, Kills):
    STACK = "celery-rabbitmq"
    ORDERS = 150


class TestRQ(Work, Outages, Deliveries, Kills):
    STACK = "rq-redis"
    ORDERS = 150
