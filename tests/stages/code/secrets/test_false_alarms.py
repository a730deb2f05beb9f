"""False alarms that were seen once; each stays here so that it does not come back."""

from __future__ import annotations

import pytest

from stages.code.secrets.kit import found

CLEAN = [
    ("package-lock.json", '{"packages": {"": {"integrity": "sha512-{{base64:86}}==", "token": "{{base64:40}}"}}}'),
    ("go.sum", "github.com/gin-gonic/gin v1.9.1 h1:{{base64:43}}=\n"),
    ("uv.lock", 'sdist = { url = "https://files/x.tar.gz", hash = "sha256:{{hex:64}}" }\n'),
    ("index.html", '<script src="x.js" integrity="sha384-{{base64:64}}"></script>\n'),
    ("style.css", '.token { background: url("data:image/png;base64,{{base64:400}}") }\n'),
    ("logo.svg", '<svg><image xlink:href="data:image/png;base64,{{base64:400}}"/></svg>\n'),
    ("app.js.map", '{"mappings": "{{base64:200}}", "token": "{{base64:40}}"}\n'),
    ("a.snap", 'exports[`token`] = `token: "{{base62:40}}"`;\n'),
    ("ids.py", 'ID = "{{uuid}}"\nUSER_ID = "{{uuid}}"\nTRACE = ["{{uuid}}", "{{uuid}}"]\n'),
    ("ids.json", '{"id": "{{uuid}}", "commit": "{{hex:40}}", "sha256": "{{hex:64}}", "etag": "{{hex:32}}"}'),
    ("auth.py", 'BACKEND_SESSION_KEY = "_auth_user_backend"\nRESET_TOKEN = "_password_reset_token"\n'),
    ("migrations.py", 'dependencies = [("auth", "0003_alter_user_email_max_length")]\n'),
    ("admin.py", 'fields = ("username", "usable_password", "password1", "password2")\n'),
    ("form.ts", 'const labels = { password: "Password", token: "Access token", secret: "Client secret" }\n'),
    ("ask.py", 'password = getpass("Password: ")\ntoken = input("Paste your token: ")\n'),
    ("prompt.go", "EnterPreviousPassword = `Enter previous password: `\n"),
    ("hooks.ts", "if (typeof strategy.hashPassword !== 'function') {\n"),
    ("settings.py", 'PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]\n'),
    (
        "values.yaml",
        "password: {{ .Values.password }}\ntoken: ${TOKEN}\nsecretName: web-tls\npasswordKey: db-password\n",
    ),
    (
        "main.tf",
        'password = var.db_password\ntoken = data.vault_generic_secret.x.data["token"]\nsecret = "${local.secret}"\n',
    ),
    ("config/locales/de.yml", "de:\n  password: Passwort12\n  token: Zugriffsschluessel99\n"),
    ("README.md", "Set `API_KEY=<your key>` and `password: changeme` before use; the token is `xxxxxxxxxxxxxxxx`.\n"),
    ("deploy.sh", 'export TOKEN="$(cat /run/secrets/token)"\nPASSWORD=${PASSWORD:-}\ncurl -u "$USER:$PASSWORD" x\n'),
    ("run.sh", "echo 'show status' | mysql -s -h127.0.0.1 -P3306 -uroot | grep -c Uptime\n"),
    ("ci.yml", "env:\n  GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n  password-file: .pw\n"),
    ("docs.rst", "Never pass :data:`ANY` as sender. The ``pass`` keyword: 'The \"pass\" statement'.\n"),
    ("proxy.py", 'url = "http://user:pass@example.com:8080/"\nother = "https://host:443/@scope/name"\n'),
    ("aws.py", 'KEY = "AKIAIOSFODNN7EXAMPLE"\nSECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"\n'),
    ("keys.js", "const keyboard = { key: 'ArrowDown', primaryKey: 'customerIdentifier', cacheKey: '{{base62:32}}' }\n"),
    ("page.py", 'next_page_token = "{{base64url:60}}"\ncsrf_token = "{{base62:64}}"\npublic_key = "{{base64:60}}"\n'),
    ("todo.html", "<script>const STORAGE_KEY = 'todos-vuejs-3.x'</script>\n"),
    ("CHANGELOG.md", "- hashPassword: Async usage needs a promise\n- Password: whatever you set before.\n"),
    ("abc.py", 'ALPHABET_KEY = "abcdefghijklmnopqrstuvwxyz0123456789"\ntoken = "0123456789abcdef0123456789abcdef"\n'),
    ("token.c", "token = strtok(NULL, delimiters); secret = make_secret(a, b);\nkey = table->entries[index].key;\n"),
]


@pytest.mark.parametrize(("path", "text"), CLEAN, ids=[path for path, _ in CLEAN])
def test_this_was_a_false_alarm(path: str, text: str) -> None:
    assert found(text, path) == []


def test_a_minified_bundle_gets_no_generic_rules_but_provider_ones() -> None:
    packed = "var a=1;" * 1000 + 'b={apiKey:"{{base62:32}}",t:"{{crc32:ghp_,30}}"};' + "var c=2;" * 1000
    assert found(packed, "static/app.js") == ["github-token.classic"]


def test_a_lock_file_with_a_provider_token_is_reported() -> None:
    assert found('"resolved": "https://x/?t={{crc32:npm_,30}}"\n', "package-lock.json") == ["npm-token.token"]
