"""What programs use outside themselves, and how passwords stay out of it."""

from __future__ import annotations

import textwrap

import pytest

from secloop.model.surface import Uses
from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.test.routes.sensor import RoutesSensor
from secloop.stages.test.routes.uses import clean


def uses_of(path: str, text: str) -> list[str]:
    """Return what a file uses, a line each: kind, library, role, target."""
    data = textwrap.dedent(text).encode()
    seen = RoutesSensor().scan(SourceFile(FileMeta(path=path, size=len(data)), data))
    return [
        " ".join(filter(None, (use.kind, use.library, use.role, use.target)))
        for one in seen
        if isinstance(one, Uses)
        for use in one.uses
    ]


CASES = {
    "a.py": (
        """
        import os, requests, boto3, psycopg2
        from celery import shared_task
        from kafka import KafkaProducer
        HOST = "https://pay.example"
        requests.post(f"{HOST}/charge/{order}")
        with requests.Session() as session:
            session.get(url=HOST + "/state")
        psycopg2.connect("postgresql://app:" + word + "@db/shop")
        os.environ["PAY_TOKEN"], os.getenv("HOME")
        vault = boto3.client("secretsmanager")
        vault.get_secret_value(SecretId="shop/db")
        producer = KafkaProducer(bootstrap_servers=["k:9092"])
        producer.send("orders", b"1")

        @shared_task
        def mail(): ...
        """,
        [
            "call requests POST https://pay.example/charge/{order}",
            "call requests GET https://pay.example/state",
            "store postgresql postgresql://***@db/shop",
            "secret environment PAY_TOKEN",
            "store aws secretsmanager",
            "secret aws-secrets-manager shop/db",
            "queue kafka publish k:9092",
            "queue kafka publish orders",
            "queue celery consume mail",
        ],
    ),
    "a.ts": (
        """
        import axios from 'axios'
        import { Pool } from 'pg'
        import * as amqp from 'amqplib'
        const api = axios.create({ baseURL: 'https://api.example' })
        api.post(`/v1/${id}`)
        await fetch('https://x.example/' + name)
        const pool = new Pool({ connectionString: process.env.DATABASE_URL })
        const channel = await (await amqp.connect('amqp://q')).createChannel()
        channel.sendToQueue('jobs', data)
        """,
        [
            "call axios https://api.example",
            "call axios POST /v1/{id}",
            "call fetch https://x.example/{name}",
            "secret environment DATABASE_URL",
            "store postgresql {DATABASE_URL}",
            "queue amqp amqp://q",
            "queue amqp publish jobs",
        ],
    ),
    "a.go": (
        """
        package a
        import ("database/sql"; "net/http"; "os"; "github.com/redis/go-redis/v9")
        func f() {
            http.Get("https://x.example/" + id)
            sql.Open("postgres", os.Getenv("DB_PASSWORD"))
            redis.NewClient(&redis.Options{Addr: "cache:6379"})
        }
        """,
        [
            "call net/http GET https://x.example/{id}",
            "secret environment DB_PASSWORD",
            "store sql DB_PASSWORD",
            "store redis cache:6379",
        ],
    ),
    "A.java": (
        """
        import java.sql.DriverManager;
        import org.springframework.web.client.RestTemplate;
        class A {
          RestTemplate rest;
          @Value("${shop.api-key:none}") String key;
          void f() {
            DriverManager.getConnection("jdbc:mysql://db/shop?password=x");
            rest.getForObject("https://x.example/a", String.class);
            System.getenv("SHOP_SECRET");
          }
          @KafkaListener(topics = "orders") void on(String m) {}
        }
        """,
        [
            "secret spring shop.api-key",
            "store jdbc jdbc:mysql://db/shop?password=***",
            "call resttemplate GET https://x.example/a",
            "secret environment SHOP_SECRET",
            "queue kafka consume orders",
        ],
    ),
}


@pytest.mark.parametrize("path", CASES)
def test_uses_are_read(path: str) -> None:
    text, expected = CASES[path]
    assert uses_of(path, text) == expected


@pytest.mark.parametrize("text", ["amqp://u:p@h/v", "mongodb://u:p@h", "Server=h;Password=p;x=1", "Pwd=p"])
def test_no_password_is_shown(text: str) -> None:
    assert ":p@" not in clean(text)
    assert "=p" not in clean(text)
