"""`secloop test routes`: what a program answers and uses."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import list_options, option, project_options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "--kind",
    type=click.Choice(["routes", "calls", "stores", "secrets", "queues", "all"]),
    default="routes",
    show_default=True,
    help="What to list: HTTP routes, outgoing calls, data stores, secrets that are read, queues.",
)
@list_options("A table, or json with the parameters of each route.")
@option("--tests", is_flag=True, help="Also list what tests declare and use.")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """List the HTTP routes of programs, with the checks of who asks that stand before each, and the handler.

    Read are Flask, Django with REST framework, FastAPI, Starlette, aiohttp, Tornado; Express, Koa's router, Fastify,
    Hapi, Nest, Next; Spring MVC, JAX-RS, servlets; net/http, gin, echo, chi, gorilla mux, fiber. Prefixes and checks
    are followed to where a router is mounted, in other files too. Nothing is run.

    Exits with 0, or with 3 where files could not be looked at.
    """
    from secloop.loop import route_scan

    ctx.exit(route_scan.run(given))
