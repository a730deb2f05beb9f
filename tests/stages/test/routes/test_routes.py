"""What each framework's way to declare routes is read as."""

from __future__ import annotations

import textwrap

import pytest

from secloop.model.surface import Route, Routes
from secloop.rules.base import RuleSet
from secloop.scan.base import Settings
from secloop.scan.engine import scan
from secloop.scan.sources import MemorySource
from secloop.stages.test.routes.sensor import RoutesSensor


def routes_of(files: dict[str, str]) -> list[Route]:
    """Return the routes of a tree, by path and method."""
    sensor = RoutesSensor()
    source = MemorySource({path: textwrap.dedent(text).encode() for path, text in files.items()})
    scan(source, [sensor], Settings(), RuleSet(()), jobs=1)
    found = [route for one in sensor.seen if isinstance(one, Routes) for route in one.routes]
    return sorted(found, key=lambda route: (route.path, route.method))


def told(route: Route) -> str:
    """Return a route in one line: method, path, handler, checks, parameters."""
    params = " ".join(f"{one.source}:{one.name}" for one in route.params)
    return f"{route.method} {route.path} {route.handler} [{', '.join(route.auth)}] {params}".strip()


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "Flask: a blueprint in another file, with methods and a login": (
        {
            "shop/app.py": """
                from flask import Flask
                from shop.orders import bp

                def create_app():
                    app = Flask(__name__)
                    app.register_blueprint(bp, url_prefix="/orders")

                    @app.route("/health")
                    def health():
                        return "ok"

                    return app
                """,
            "shop/orders.py": """
                from flask import Blueprint, request
                from flask_login import login_required

                bp = Blueprint("orders", __name__)

                @bp.route("/<int:order>", methods=["GET", "POST"])
                @login_required
                def one(order):
                    return request.args.get("q")
                """,
        },
        [
            "GET /health health []",
            "GET /orders/{order} one [login_required] path:order query:q",
            "POST /orders/{order} one [login_required] path:order query:q",
        ],
    ),
    "Flask: a view class": (
        {
            "app.py": """
                from flask import Flask
                from flask.views import MethodView
                app = Flask(__name__)

                class Users(MethodView):
                    decorators = [login_required]
                    def get(self): ...
                    def post(self): ...

                app.add_url_rule("/users", view_func=Users.as_view("users"))
                """
        },
        ["GET /users Users [login_required]", "POST /users Users [login_required]"],
    ),
    "Django: included lists, views by class, REST framework's routers": (
        {
            "site/urls.py": """
                from django.urls import include, path, re_path
                from rest_framework import routers
                from shop.views import UserViewSet
                router = routers.DefaultRouter()
                router.register("users", UserViewSet)
                urlpatterns = [path("shop/", include("shop.urls")), path("api/", include(router.urls))]
                """,
            "shop/urls.py": """
                from django.urls import path, re_path
                from . import views
                urlpatterns = [path("<int:pk>/", views.one), re_path(r"^old/(?P<year>[0-9]{4})/$", views.Old.as_view())]
                """,
            "shop/views.py": """
                from django.views import View
                from rest_framework import viewsets
                from rest_framework.decorators import action

                @require_POST
                @permission_required("shop.view")
                def one(request, pk):
                    return request.POST["name"]

                class Old(View):
                    def get(self, request, year): ...

                class UserViewSet(viewsets.ReadOnlyModelViewSet):
                    permission_classes = [IsAuthenticated]

                    @action(detail=True, methods=["post"], url_path="lock")
                    def lock_user(self, request, pk): ...
                """,
        },
        [
            "GET /api/users/ UserViewSet.list [IsAuthenticated]",
            "GET /api/users/{pk}/ UserViewSet.retrieve [IsAuthenticated] path:pk",
            "POST /api/users/{pk}/lock/ UserViewSet.lock_user [IsAuthenticated] path:pk",
            "GET /shop/old/{year}/ views.Old [] path:year",
            "POST /shop/{pk}/ views.one [permission_required('shop.view')] path:pk form:name",
        ],
    ),
    "FastAPI: routers with prefixes and dependencies": (
        {
            "app/main.py": """
                from fastapi import Depends, FastAPI
                from .api import items
                app = FastAPI()
                app.include_router(items.router, prefix="/v1", dependencies=[Depends(verify_token)])
                """,
            "app/api/items.py": """
                from typing import Annotated
                from fastapi import APIRouter, Depends, Header
                router = APIRouter(prefix="/items")

                @router.get("/{item_id}")
                async def one(item_id: int, q: str | None = None, agent: Annotated[str, Header()] = ""): ...

                @router.post("")
                async def add(item: Item, user: User = Depends(get_current_user)): ...
                """,
        },
        [
            "POST /v1/items add [verify_token, get_current_user] body:item",
            "GET /v1/items/{item_id} one [verify_token] path:item_id query:q header:agent",
        ],
    ),
    "Starlette, aiohttp and Tornado: tables": (
        {
            "a.py": """
                from starlette.applications import Starlette
                from starlette.routing import Mount, Route
                inner = [Route("/{x:int}", one)]
                app = Starlette(routes=[Route("/a", home, methods=["POST"]), Mount("/m", routes=inner)])
                """,
            "b.py": """
                from aiohttp import web
                app = web.Application()
                app.add_routes([web.get("/b/{name}", hello), web.view("/c", C)])
                app.router.add_post("/d", make)
                """,
            "c.py": """
                from tornado.web import Application, RequestHandler
                class E(RequestHandler):
                    @authenticated
                    def get(self, n): self.get_argument("q")
                app = Application([(r"/e/([0-9]+)", E)])
                """,
        },
        [
            "POST /a home []",
            "GET /b/{name} hello [] path:name",
            "ANY /c C []",
            "POST /d make []",
            "GET /e/{arg1} E [] path:arg1 query:q",
            "GET /m/{x} one [] path:x",
        ],
    ),
    "Express: routers across files, checks before and between": (
        {
            "server.js": """
                const express = require('express')
                const users = require('./routes/users')
                const { admin } = require('./routes/admin')
                const app = express()
                app.get('/open', (req, res) => res.send(req.query.q))
                app.use('/admin', requireRole('admin'), admin)
                app.use(passport.authenticate('jwt'))
                app.use('/users', users)
                app.route('/things/:id').get(show).delete(isAdmin, drop)
                """,
            "routes/users.js": """
                const router = require('express').Router()
                router.post('/:id', async (req, res) => { const { name } = req.body; req.params.id })
                module.exports = router
                """,
            "routes/admin.js": """
                import { Router } from 'express'
                export const admin = Router()
                admin.get('/', home)
                """,
        },
        [
            "GET /admin/ home [requireRole('admin')]",
            "GET /open (inline) [] query:q",
            "DELETE /things/{id} drop [passport.authenticate('jwt'), isAdmin] path:id",
            "GET /things/{id} show [passport.authenticate('jwt')] path:id",
            "POST /users/{id} (inline) [passport.authenticate('jwt')] path:id body:name",
        ],
    ),
    "Express: a function that is given the router": (
        {
            "index.ts": """
                import express, { Express } from 'express'
                import setup from './routes'
                const app: Express = express()
                setup(app)
                """,
            "routes.ts": """
                import { Application } from 'express'
                export default function setup(app: Application) { app.get('/a', one) }
                """,
        },
        ["GET /a one []"],
    ),
    "Koa's router, Fastify and Hapi": (
        {
            "k.js": """
                const Router = require('@koa/router')
                const router = new Router({ prefix: '/k' })
                router.get('/:id', async ctx => { ctx.query.page })
                """,
            "f.js": """
                const fastify = require('fastify')()
                fastify.register(require('./plugin'), { prefix: '/f' })
                fastify.register((instance, opts, done) => { instance.get('/in', one) }, { prefix: '/g' })
                fastify.route({ method: ['GET', 'HEAD'], url: '/r', preHandler: fastify.authenticate, handler: show })
                """,
            "plugin.js": """
                module.exports = async function (fastify, opts) {
                  fastify.post('/p', { preHandler: checkAuth }, add)
                }
                """,
            "h.js": """
                const Hapi = require('@hapi/hapi')
                const server = Hapi.server({ port: 80 })
                server.route({ method: 'GET', path: '/h/{id?}', handler: hello, options: { auth: 'jwt' } })
                """,
        },
        [
            "POST /f/p add [checkAuth]",
            "GET /g/in one []",
            "GET /h/{id?} hello [auth: jwt]",
            "GET /k/{id} (inline) [] path:id query:page",
            "GET /r show [fastify.authenticate]",
            "HEAD /r show [fastify.authenticate]",
        ],
    ),
    "Nest and Next": (
        {
            "cats.controller.ts": """
                import { Controller, Get, Param, Post, Query, UseGuards } from '@nestjs/common'
                @Controller('cats')
                @UseGuards(JwtAuthGuard)
                export class CatsController {
                  @Get(':id') one(@Param('id') id: string, @Query('q') q: string) {}
                  @Post() @Roles('admin') add() {}
                }
                """,
            "main.ts": "import { NestFactory } from '@nestjs/core'\napp.setGlobalPrefix('api')\n",
            "app/shop/[id]/route.ts": """
                export async function GET(req: Request) {}
                export const POST = async () => {}
                """,
            "pages/api/users/[id].ts": "export default function handler(req, res) { req.query.sort }\n",
        },
        [
            "POST /api/cats CatsController.add [JwtAuthGuard, Roles('admin')]",
            "GET /api/cats/{id} CatsController.one [JwtAuthGuard] path:id query:q",
            "ANY /api/users/{id} default [] path:id query:sort",
            "GET /shop/{id} GET [] path:id",
            "POST /shop/{id} POST [] path:id",
        ],
    ),
    "gin: groups, checks, a function in another package": (
        {
            "main.go": """
                package main
                import ("github.com/gin-gonic/gin"; "example.com/x/users")
                func main() {
                    r := gin.Default()
                    r.GET("/ping", ping)
                    v1 := r.Group("/v1", AuthRequired())
                    { v1.POST("/login/:name", login) }
                    users.Register(v1.Group("/users"))
                }
                func login(c *gin.Context) { c.PostForm("password"); c.Query("next") }
                """,
            "users/users.go": """
                package users
                import "github.com/gin-gonic/gin"
                func Register(g *gin.RouterGroup) { g.Use(middleware.RequireAdmin); g.GET("/:id", get) }
                """,
        },
        [
            "GET /ping ping []",
            "POST /v1/login/{name} login [AuthRequired] path:name form:password query:next",
            "GET /v1/users/{id} get [AuthRequired, middleware.RequireAdmin] path:id",
        ],
    ),
    "chi, echo, gorilla, fiber and net/http": (
        {
            "c/c.go": """
                package c
                import "github.com/go-chi/chi/v5"
                func Routes() chi.Router {
                    r := chi.NewRouter()
                    r.Route("/c", func(r chi.Router) {
                        r.With(jwtauth.Authenticator).Get("/{id:[0-9]+}", get)
                        r.Mount("/m", sub())
                    })
                    return r
                }
                func sub() chi.Router { r := chi.NewRouter(); r.Post("/x", x); return r }
                """,
            "e/e.go": """
                package e
                import "github.com/labstack/echo/v4"
                func main() { e := echo.New(); g := e.Group("/e"); g.GET("/:id", show, middleware.JWT(key)) }
                """,
            "g/g.go": """
                package g
                import ("net/http"; "github.com/gorilla/mux")
                func main() {
                    r := mux.NewRouter()
                    s := r.PathPrefix("/g").Subrouter()
                    s.HandleFunc("/{id}", h).Methods("GET", http.MethodPut)
                    s.Handle("/admin", requireAuth(http.HandlerFunc(admin)))
                }
                """,
            "f/f.go": """
                package f
                import "github.com/gofiber/fiber/v2"
                func main() { app := fiber.New(); api := app.Group("/f"); api.Get("/:x", jwtware.New(), one) }
                """,
            "h/h.go": """
                package h
                import "net/http"
                func main() { m := http.NewServeMux(); m.HandleFunc("POST /h/{id}", make); http.HandleFunc("/i", i) }
                """,
        },
        [
            "POST /c/m/x x []",
            "GET /c/{id} get [jwtauth.Authenticator] path:id",
            "GET /e/{id} show [middleware.JWT] path:id",
            "GET /f/{x} one [jwtware.New] path:x",
            "ANY /g/admin admin [requireAuth]",
            "GET /g/{id} h [] path:id",
            "PUT /g/{id} h [] path:id",
            "POST /h/{id} make [] path:id",
            "ANY /i i []",
        ],
    ),
    "Spring, JAX-RS and servlets": (
        {
            "A.java": """
                package a;
                @RestController
                @RequestMapping("/api")
                class A {
                  static final String X = "/x";
                  @GetMapping({"/a/{id:\\\\d+}", "/b"}) @PreAuthorize("hasRole('ADMIN')")
                  String a(@PathVariable int id, @RequestParam(name = "q") String query) { return ""; }
                  @RequestMapping(value = X, method = {RequestMethod.POST, RequestMethod.PUT})
                  void x(@RequestBody B b) {}
                }
                @FeignClient("c") interface C { @GetMapping("/remote") String r(); }
                """,
            "R.java": """
                import jakarta.ws.rs.*;
                @Path("/r") class R {
                  @GET @Path("{id}") @RolesAllowed("u") String g(@PathParam("id") String id) { return ""; }
                  @POST void p() {}
                }
                """,
            "S.java": """
                package s;
                @WebServlet(value = "/s") class S extends HttpServlet {
                  void doGet(HttpServletRequest request) { request.getParameter("p"); }
                }
                """,
            "T.java": """
                package t;
                class T extends HttpServlet { void doPost(HttpServletRequest r, X x) { r.getHeader("h"); } }
                """,
            "WEB-INF/web.xml": """<web-app>
                <servlet><servlet-name>t</servlet-name><servlet-class>t.T</servlet-class></servlet>
                <servlet-mapping><servlet-name>t</servlet-name><url-pattern>/t/*</url-pattern></servlet-mapping>
                <security-constraint><web-resource-collection><url-pattern>/t/*</url-pattern></web-resource-collection>
                <auth-constraint><role-name>staff</role-name></auth-constraint></security-constraint></web-app>""",
        },
        [
            "GET /api/a/{id} A.a [@PreAuthorize(hasRole('ADMIN'))] path:id query:q",
            "GET /api/b A.a [@PreAuthorize(hasRole('ADMIN'))] path:id query:q",
            "POST /api/x A.x [] body:b",
            "PUT /api/x A.x [] body:b",
            "POST /r R.p []",
            "GET /r/{id} R.g [@RolesAllowed(u)] path:id",
            "GET /s S.doGet [] query:p",
            "POST /t/* t.T [auth-constraint(staff)] header:h",
        ],
    ),
    "what looks like a route and is none": (
        {
            "a.js": """
                import axios from 'axios'
                axios.get('/a', show)
                cache.get('/b', load)
                const app = express()
                app.get('setting')
                """,
            "b.py": "import requests\nrequests.get('/a')\n\n@client.get('/b')\ndef f(): ...\n",
            "c.go": 'package c\nimport "net/http"\nfunc f() { http.Get("http://x/y"); cache.Get("/a", b) }\n',
        },
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_routes_are_read(name: str) -> None:
    files, expected = CASES[name]
    assert [told(route) for route in routes_of(files)] == expected
