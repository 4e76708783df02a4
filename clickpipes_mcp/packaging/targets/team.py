"""Running it for a team: units of systemd, a container, Kubernetes, and a proxy that ends TLS.

Source of the forms: systemd.service(5) and systemd.exec(5), the Compose specification, the
Kubernetes API reference, and nginx's documentation of its modules. All say the same settings.
"""

from collections.abc import Mapping
from typing import Final

import yaml

from clickpipes_mcp.packaging.description import NAME, TITLE, Description
from clickpipes_mcp.packaging.target import Target

_FOLDER: Final = f"/etc/{NAME}"
_PORT: Final = 8000
_PORTS: Final = (8001, 8002)
_HOST: Final = "mcp.example.com"
_OWNER: Final = "clickpipes"
_USER: Final = 10001
"""Of the image, as its Dockerfile makes it."""

_ENDS_WITHIN_S: Final = 10
"""After a signal: the server is gone within five seconds."""

_SETTINGS: Final = {
    "CLICKPIPES_HTTP_URL": f"https://{_HOST}/mcp",
    "CLICKPIPES_HTTP_TOKENS": f"{_FOLDER}/tokens",
    "CLICKPIPES_HTTP_CALLERS": f"{_FOLDER}/callers.toml",
    "CLICKPIPES_CONNECTIONS": f"{_FOLDER}/connections.toml",
    "CLICKPIPES_METRICS": "true",
}
_SHARED_KEY: Final = "CLICKPIPES_HTTP_KEY"
"""What replicas have in common; a single container does without."""


def _files(description: Description) -> Mapping[str, object]:
    return {
        f"{NAME}@.service": _unit(description),
        "environment": "".join(f"{name}={value}\n" for name, value in _SETTINGS.items()),
        "nginx.conf": _proxy(description),
        "compose.yaml": _documents(description, _compose(description)),
        "kubernetes.yaml": _documents(
            description, _deployment(description), _service(), _disruption_budget()
        ),
    }


def _unit(description: Description) -> str:
    return f"""# {NAME} {description.version}: /etc/systemd/system/{NAME}@.service
# A process a port: systemctl enable --now {" ".join(f"{NAME}@{port}" for port in _PORTS)}
# {_FOLDER}/secrets holds the line {_SHARED_KEY}=… and belongs to root, with mode 0600.
[Unit]
Description={TITLE} MCP server on port %i
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
User={_OWNER}
Group={_OWNER}
EnvironmentFile={_FOLDER}/environment
EnvironmentFile={_FOLDER}/secrets
Environment=CLICKPIPES_HTTP=127.0.0.1:%i
Environment=XDG_STATE_HOME=/var/lib
StateDirectory={NAME}
StateDirectoryMode=0700
ExecStart=/opt/{NAME}/bin/{NAME} serve
Restart=always
RestartSec=1
SuccessExitStatus=143
TimeoutStopSec={_ENDS_WITHIN_S}
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def _proxy(description: Description) -> str:
    replicas = "\n".join(f"  server 127.0.0.1:{port} max_fails=0;" for port in _PORTS)
    return f"""# {NAME} {description.version}: /etc/nginx/conf.d/{NAME}.conf
# A request that has gone out to one replica is never sent to another: it may have acted.
# Connections are not kept: one that a replica closes as it ends would take a request with it.
upstream clickpipes_mcp {{
{replicas}
}}
server {{
  listen 443 ssl;
  server_name {_HOST};
  ssl_certificate {_FOLDER}/tls.crt;
  ssl_certificate_key {_FOLDER}/tls.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  client_max_body_size 1m;
  location = /metrics {{ return 404; }}
  location / {{
    proxy_pass http://clickpipes_mcp;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
    proxy_buffering off;
    proxy_read_timeout 60s;
  }}
}}
"""


def _documents(description: Description, *documents: Mapping[str, object]) -> str:
    parts = (yaml.safe_dump(one, sort_keys=False, allow_unicode=True) for one in documents)
    return f"# {NAME} {description.version}\n" + "---\n".join(parts)


def _compose(description: Description) -> Mapping[str, object]:
    return {
        "services": {
            NAME: {
                "image": description.image,
                "environment": {"CLICKPIPES_HTTP": f"0.0.0.0:{_PORT}", **_SETTINGS},
                "ports": [f"127.0.0.1:{_PORT}:{_PORT}"],
                "volumes": [f".{_FOLDER}:{_FOLDER}:ro", "state:/state"],
                "read_only": True,
                "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges:true"],
                "restart": "unless-stopped",
                "stop_grace_period": f"{_ENDS_WITHIN_S}s",
            }
        },
        "volumes": {"state": {}},
    }


_LABELS: Final = {"app.kubernetes.io/name": NAME}


def _metadata(**more: object) -> Mapping[str, object]:
    return {"name": NAME, "labels": dict(_LABELS), **more}


def _deployment(description: Description) -> Mapping[str, object]:
    labels = {**_LABELS, "app.kubernetes.io/version": description.version}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "labels": labels},
        "spec": {
            "replicas": len(_PORTS),
            "selector": {"matchLabels": dict(_LABELS)},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {"metadata": {"labels": dict(labels)}, "spec": _pod(description)},
        },
    }


def _pod(description: Description) -> Mapping[str, object]:
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(_LABELS)},
            }
        ],
        "containers": [_container(description)],
        "volumes": [
            {"name": "settings", "secret": {"secretName": NAME, "defaultMode": 0o440}},
            {"name": "state", "emptyDir": {}},
        ],
    }


def _container(description: Description) -> Mapping[str, object]:
    key = {"secretKeyRef": {"name": f"{NAME}-replicas", "key": "http-key"}}
    said = {"CLICKPIPES_HTTP": f"0.0.0.0:{_PORT}", **_SETTINGS}
    return {
        "name": NAME,
        "image": description.image,
        "env": [
            *({"name": name, "value": value} for name, value in said.items()),
            {"name": _SHARED_KEY, "valueFrom": key},
        ],
        "ports": [{"name": "http", "containerPort": _PORT}],
        "startupProbe": {**_probe("/healthz"), "periodSeconds": 1, "failureThreshold": 60},
        "livenessProbe": {**_probe("/healthz"), "periodSeconds": 10, "failureThreshold": 3},
        "readinessProbe": {**_probe("/readyz"), "periodSeconds": 2, "failureThreshold": 1},
        # Whoever still sends requests here has until then to learn that it ends.
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "settings", "mountPath": _FOLDER, "readOnly": True},
            {"name": "state", "mountPath": "/state"},
        ],
    }


def _probe(path: str) -> dict[str, object]:
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 3}


def _service() -> Mapping[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(),
        "spec": {
            "selector": dict(_LABELS),
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }


def _disruption_budget() -> Mapping[str, object]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": dict(_LABELS)}},
    }


TARGET = Target(
    key="team",
    title="Servers of a team",
    documentation="https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html",
    install="[Running it for a team](TEAM.md) says where each file goes",
    checked_by="`systemd-analyze verify` 252; `nginx -t` 1.22; the schemas of Kubernetes 1.37; the "
    "server itself, which starts with these settings and answers the probes",
    files=_files,
)
