"""What a request brings is followed into other files, by each way in which JavaScript names what they export."""

from __future__ import annotations

from functools import cache

import pytest

from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.index import builtin
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.languages import NAME
from secloop.stages.test.sast.sensor import SastSensor

RUN = 'db.query("SELECT id FROM users WHERE name = \'" + name + "\'")'
REQUIRED = {
    "exports-name": f"exports.find = (name) => {RUN};",
    "module-exports-name": f"module.exports.find = function (name) {{ return {RUN}; }};",
    "object-of-names": f"function find(name) {{ return {RUN}; }}\nmodule.exports = {{ find }};",
    "object-renames": f"function byName(name) {{ return {RUN}; }}\nmodule.exports = {{ find: byName }};",
    "object-of-methods": f"module.exports = {{ async find(name) {{ return {RUN}; }} }};",
    "class-of-statics": f"class Users {{ static find(name) {{ return {RUN}; }} }}\nmodule.exports = Users;",
    "instance": f"class Users {{ find(name) {{ return {RUN}; }} }}\nmodule.exports = new Users();",
    "prototype": f"function Users() {{}}\nUsers.prototype.find = function (name) {{ return {RUN}; }};\n"
    "module.exports = new Users();",
    "exports-a-name": f"const byName = (name) => {RUN};\nexports.find = byName;",
}
IMPORTED = {
    "function": (f"export function find(name) {{ return {RUN}; }}", "{ find }", "find(req.query.name)"),
    "arrow": (f"export const find = async (name) => {RUN};", "{ find as byName }", "byName(req.query.name)"),
    "namespace": (f"export const find = (name) => {RUN};", "* as users", "users.find(req.query.name)"),
    "default": (f"export default function (name) {{ return {RUN}; }}", "find", "find(req.query.name)"),
    "named-default": (f"export default function byName(name) {{ return {RUN}; }}", "find", "find(req.query.name)"),
    "default-of-a-name": (f"const byName = (name) => {RUN};\nexport default byName;", "find", "find(req.query.name)"),
    "default-object": (f"export default {{ find: (name) => {RUN} }};", "users", "users.find(req.query.name)"),
    "list": (f"const byName = (name) => {RUN};\nexport {{ byName as find }};", "{ find }", "find(req.query.name)"),
    "class": (
        f"export class Users {{ find(name) {{ return {RUN}; }} }}",
        "{ Users }",
        "new Users().find(req.query.name)",
    ),
    "default-instance": (
        f"class Users {{ find(name) {{ return {RUN}; }} }}\nexport default new Users();",
        "users",
        "users.find(req.query.name)",
    ),
}


@cache
def sensor() -> SastSensor:
    made = SastSensor()
    made.configure(Settings(), builtin().for_engine(NAME))
    return made


def places(files: dict[str, str]) -> list[tuple[str, int]]:
    """Return where SQL is reported."""
    seen = [
        one
        for path, text in files.items()
        for one in sensor().scan(SourceFile(FileMeta(path=path, size=len(text)), text.encode()))
    ]
    seen += sensor().finish(seen, {})
    found = [one for one in seen if isinstance(one, Finding) and one.rule == "sql-injection.javascript"]
    return [(one.place.file, one.place.line) for one in found if isinstance(one.place, CodeSpan)]


def route(head: str, call: str) -> str:
    return f'{head}\napp.get("/x", async (req, res) => {{\n  res.json(await {call});\n}});\n'


@pytest.mark.parametrize("how", REQUIRED)
@pytest.mark.parametrize(
    ("head", "call"),
    [
        ('const users = require("./services/users");', "users.find(req.query.name)"),
        ('const { find } = require("./services/users");', "find(req.query.name)"),
    ],
    ids=["whole", "part"],
)
def test_a_required_file(how: str, head: str, call: str) -> None:
    files = {"src/services/users.js": REQUIRED[how], "src/routes.js": route(head, call)}
    assert [file for file, _ in places(files)] == ["src/services/users.js"]


def test_a_required_function() -> None:
    service = f"module.exports = function (name) {{ return {RUN}; }};"
    files = {"src/users.js": service, "src/routes.js": route('const find = require("./users");', "find(req.body.name)")}
    assert places(files) == [("src/users.js", 1)]


@pytest.mark.parametrize("how", IMPORTED)
@pytest.mark.parametrize("source", ["./services/users", "./services/users.js"])
def test_an_imported_file(how: str, source: str) -> None:
    service, names, call = IMPORTED[how]
    files = {"src/services/users.js": service, "src/routes.js": route(f'import {names} from "{source}";', call)}
    assert [file for file, _ in places(files)] == ["src/services/users.js"]


def test_a_folder_that_exports_what_its_files_do() -> None:
    files = {
        "src/services/users.js": f"export const find = (name) => {RUN};",
        "src/services/index.js": 'export * from "./users";',
        "src/routes.js": route('import { find } from "./services";', "find(req.query.name)"),
    }
    assert places(files) == [("src/services/users.js", 1)]


def test_a_service_that_nest_puts_in() -> None:
    service = f"export class UsersService {{\n  find(name: string) {{\n    return this.{RUN};\n  }}\n}}\n"
    controller = (
        'import { UsersService } from "./users.service";\n@Controller("users")\nexport class UsersController {\n'
        "  constructor(private readonly users: UsersService) {}\n  @Get()\n"
        '  list(@Query("name") name: string) {\n    return this.users.find(name);\n  }\n}\n'
    )
    files = {"src/users/users.service.ts": service, "src/users/users.controller.ts": controller}
    assert places(files) == [("src/users/users.service.ts", 3)]


def test_what_another_file_makes_harmless_is_harmless() -> None:
    use = route('const { wanted } = require("./input");', "find(wanted(req))").replace(
        "await find(wanted(req))", f"await ((name) => {RUN})(wanted(req))"
    )
    assert places({"src/input.js": "exports.wanted = (req) => Number(req.query.id);", "src/routes.js": use}) == []


def test_a_function_of_another_module_is_not_meant() -> None:
    files = {
        "src/other/people.js": f"exports.find = (name) => {RUN};",
        "src/services/users.js": "exports.find = (name) => db.query('SELECT id FROM users WHERE name = ?', [name]);",
        "src/routes.js": route('const users = require("./services/users");', "users.find(req.query.name)"),
    }
    assert places(files) == []
