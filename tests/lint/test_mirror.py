"""Every module has the test of its name, or it is said here where it is shown instead."""

from pathlib import Path

import clickpipes_mcp

PACKAGE = Path(clickpipes_mcp.__file__).parent
TESTS = Path(__file__).parents[1]

# Rooms of data and its smallest parts, held as wholes: a test walks all there is.
ROOMS = {
    "checks/aws": "checks/aws/test_requests.py",
    "checks/kinesis": "checks/aws/test_looking.py",
    "checks/s3": "checks/aws/test_looking.py",
    "checks/kafka": "checks/kafka/test_looking.py",
    "checks/mongodb": "checks/mongodb/test_looking.py",
    "checks/mysql": "checks/mysql/test_looking.py",
    "checks/azure_blob": "checks/azure_blob/test_looking.py",
    "checks/bigquery": "checks/bigquery/test_looking.py",
    "checks/files": "checks/files/test_samples.py",
    "checks/gcs": "checks/gcs/test_looking.py",
    "checks/google": "checks/google/test_requests.py",
    "checks/postgres": "checks/postgres/test_looking.py",
    "checks/pubsub": "checks/pubsub/test_looking.py",
    "cli": "cli/test_commands.py",
    "connecting": "connecting/test_change.py",
    "code": "code/test_targets.py",
    "diagnosis": "diagnosis/test_rules.py",
    "doctor": "test_doctor.py",
    "drift": "drift/test_comparison.py",
    "fleet": "fleet/test_look.py",
    "guides": "tools/insight/test_guide.py",
    "packaging": "packaging/test_targets.py",
    "simulator/arms": "published/test_simulator.py",
    "simulator/contract": "published/test_simulator.py",
    "simulator/queries": "simulator/http/test_query_routes.py",
    "simulator/troubles": "simulator/world/test_scenarios.py",
    "sources": "sources/test_sources.py",
    "telemetry": "telemetry/test_telemetry.py",
    "tools/updating": "tools/updating/test_update.py",
}

# Modules that show only through another: what they do is seen there, as callers see it.
MODULES = {
    "closing.py": "test_unreadable_lines.py",
    "code/asked_fields.py": "tools/code/test_undo.py",
    "listed_tools.py": "test_first_answers.py",
    "tools/page_texts.py": "test_resources.py",
    "tools/registry.py": "tools/test_known.py",
    "tools/code/last_change.py": "tools/code/test_undo.py",
    "tools/code/rehearsal.py": "tools/code/test_undo.py",
    "tools/pipe_settings.py": "tools/code/test_undo.py",
    "tools/code/nested.py": "tools/code/test_apply.py",
    "tools/code/planning.py": "tools/code/test_plan.py",
    "tools/code/room.py": "tools/code/test_plan.py",
    "tools/code/selection.py": "tools/code/test_export.py",
    "tools/code/unseen.py": "tools/code/test_plan.py",
    "app.py": "test_server.py",
    "app_opening.py": "test_server.py",
    "journal_facts.py": "test_journal.py",
    "journal_remedies.py": "test_journal.py",
    "file_changes.py": "settings/test_live_key.py",
    "settings/choices.py": "settings/test_loading.py",
    "scopes.py": "http/test_scope_guard.py",
    "settings/callers_file.py": "http/test_caller_views.py",
    "sealed_text.py": "settings/test_live_key.py",
    "call_ids.py": "telemetry/test_telemetry.py",
    "checks/addresses.py": "checks/test_running.py",
    "checks/checklist.py": "checks/test_running.py",
    "checks/judging.py": "checks/mysql/test_prerequisites.py",
    "checks/names.py": "checks/test_running.py",
    "checks/avro_columns.py": "checks/pubsub/test_looking.py",
    "checks/pinned_http.py": "checks/test_pinned.py",
    "checks/pinned_requests.py": "checks/test_pinned.py",
    "checks/table_proposal.py": "checks/pubsub/test_looking.py",
    "checks/reaching.py": "checks/kafka/test_looking.py",
    "checks/trust.py": "checks/postgres/test_looking.py",
    "checks/wish.py": "checks/postgres/test_looking.py",
    "panel_server.py": "panels/test_panels.py",
    "panels/apps.py": "panels/test_panels.py",
    "panels/document.py": "panels/test_panels.py",
    "panels/figures.py": "panels/test_panels.py",
    "clock.py": "cloud/test_patience.py",
    "cloud/asgi.py": "cloud/test_transport.py",
    "store/versions.py": "store/test_tables.py",
    "cloud/replica_turns.py": "store/test_turns.py",
    "cloud/replies.py": "cloud/test_client.py",
    "cloud/ssh_keys.py": "tools/network/test_key_inventory.py",
    "consent/desk.py": "http/test_pages.py",
    "consent/ladder.py": "consent/test_capability.py",
    "consent/page_questions.py": "pages/test_approval.py",
    "consent/shared_questions.py": "consent/test_pending.py",
    "asked_secrets/shared_forms.py": "asked_secrets/test_forms.py",
    "store/names.py": "cloud/test_seen_names.py",
    "store/pages.py": "asked_secrets/test_forms.py",
    "consent/principal.py": "http/test_app.py",
    "consent/stored_ledger.py": "consent/test_ledger.py",
    "contract.py": "sources/test_sources.py",
    "demo/credentials.py": "demo/test_player.py",
    "demo/diagnosis_lines.py": "demo/test_player.py",
    "demo/screen.py": "demo/test_player.py",
    "demo/short_script.py": "demo/test_player.py",
    "demo/short_transcript.py": "demo/test_player.py",
    "demo/stage.py": "demo/test_player.py",
    "demo/transcript.py": "demo/test_player.py",
    "http/page_content.py": "http/test_live_pages.py",
    "http/event_stream.py": "http/test_live_pages.py",
    "http/looks.py": "http/test_live_pages.py",
    "http/readers.py": "http/test_live_pages.py",
    "http/readiness.py": "store/test_clocks.py",
    "http/peeked_bodies.py": "http/test_unreadable_bodies.py",
    "http/visitors.py": "http/test_live_pages.py",
    "http/fetching.py": "http/test_issued_tokens.py",
    "http/headers.py": "http/test_connections.py",
    "file_lock.py": "test_journal_lines.py",
    "front/conversation.py": "test_resuming.py",
    "front/suitability.py": "front/test_answers.py",
    "journal_entry.py": "test_journal.py",
    "listener.py": "http/test_serving.py",
    "misplaced_references.py": "tools/test_references.py",
    "pages/greeting.py": "http/test_app.py",
    "pages/enrolment.py": "pages/test_in_chromium.py",
    "pages/notices.py": "pages/test_visit.py",
    "pages/public.py": "http/test_pages.py",
    "offering.py": "test_server.py",
    "patterns.py": "patterns/test_patterns.py",
    "private_endpoints/name_rules.py": "private_endpoints/test_rules.py",
    "private_endpoints/rule_book.py": "private_endpoints/test_rules.py",
    "private_file.py": "test_journal.py",
    "published_schemas.py": "tools/sdk/test_published.py",
    "rule_words/conditions.py": "rule_words/test_rule_book.py",
    "secret_resolver.py": "test_secret_refs.py",
    "settings/model.py": "settings/test_loading.py",
    "settings/paths.py": "settings/test_loading.py",
    "settings/variables.py": "settings/test_loading.py",
    "simulator/documents.py": "simulator/test_fidelity_reads.py",
    "simulator/envelope.py": "simulator/test_fidelity.py",
    "simulator/http/keeping.py": "simulator/world/test_store.py",
    "simulator/http/mishaps.py": "simulator/test_faults.py",
    "simulator/http/paths.py": "simulator/http/test_gateway.py",
    "simulator/http/pipe_routes.py": "simulator/test_fidelity_writes.py",
    "simulator/http/rate_limit.py": "simulator/test_fidelity.py",
    "simulator/http/requests.py": "simulator/http/test_gateway.py",
    "simulator/http/ssh_key_routes.py": "simulator/test_fidelity_network.py",
    "simulator/options.py": "simulator/serving/test_serve.py",
    "simulator/pipes/bastions.py": "simulator/test_fidelity_network.py",
    "simulator/pipes/probing.py": "simulator/test_fidelity_writes.py",
    "simulator/pipes/reading.py": "simulator/test_fidelity_reads.py",
    "simulator/serving/app.py": "simulator/serving/test_serve.py",
    "simulator/world/network.py": "simulator/test_fidelity_network.py",
    "simulator/world/organization.py": "simulator/world/test_store.py",
    "source_facts.py": "sources/test_sources.py",
    "state_directory.py": "test_journal_file.py",
    "store/opened.py": "store/test_tables.py",
    "tools/addressing.py": "tools/pipes/test_inventory.py",
    "tools/adoption.py": "tools/creating/test_create_unanswered.py",
    "tools/agreement.py": "consent/test_staleness.py",
    "tools/arguments.py": "test_argument_errors.py",
    "tools/creating/preview.py": "tools/test_dry_run.py",
    "tools/evidence/causes.py": "tools/insight/test_diagnose.py",
    "tools/evidence/gathering.py": "tools/insight/test_diagnose.py",
    "tools/evidence/prometheus.py": "tools/insight/test_metrics.py",
    "tools/evidence/scrapes.py": "tools/insight/test_metrics.py",
    "tools/insight/judgement.py": "tools/insight/test_diagnose.py",
    "tools/insight/metric_labels.py": "tools/insight/test_metrics.py",
    "tools/network/endpoint_targets.py": "tools/network/test_endpoint_creation.py",
    "tools/network/endpoint_views.py": "tools/network/test_endpoint_inventory.py",
    "tools/network/key_targets.py": "tools/network/test_key_creation.py",
    "tools/network/key_views.py": "tools/network/test_key_inventory.py",
    "tools/offering.py": "test_server.py",
    "tools/pipes/steadiness.py": "tools/pipes/test_wait.py",
    "tools/polling.py": "tools/pipes/test_wait.py",
    "tools/record.py": "lint/test_published_tools.py",
    "tools/source_proposals.py": "tools/insight/test_source_check.py",
    "tools/sdk/progress.py": "tools/sdk/test_adapter.py",
    "tools/tuning/headroom.py": "tools/tuning/test_scaling.py",
    "tools/tuning/sizes.py": "tools/tuning/test_scaling.py",
    "tools/writes.py": "tools/test_dry_run.py",
}


def own_test(module: Path) -> Path:
    """Where the test of a module's own name belongs."""
    return TESTS / module.parent / f"test_{module.stem.lstrip('_')}.py"


def modules() -> list[Path]:
    """Every module below the package, without those that only collect others."""
    return [
        path.relative_to(PACKAGE)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
    ]


def shown_in(module: Path) -> str | None:
    """The test that shows a module which has none of its own."""
    rooms = (ROOMS.get(room.as_posix()) for room in module.parents)
    return MODULES.get(module.as_posix()) or next(filter(None, rooms), None)


def test_a_module_has_a_test():
    lacking = [
        f"write tests/{own_test(module).relative_to(TESTS)}, or say in {Path(__file__).name} "
        "which test shows it"
        for module in modules()
        if not own_test(module).exists() and not shown_in(module)
    ]

    assert lacking == []


def test_a_module_that_is_excused_is_there_and_has_no_test_of_its_name():
    assert [module for module in MODULES if not (PACKAGE / module).exists()] == []
    assert [module for module in MODULES if own_test(Path(module)).exists()] == []


def test_what_shows_a_module_is_there():
    shows = {*ROOMS.values(), *MODULES.values()}

    assert [test for test in shows if not (TESTS / test).exists()] == []


def test_a_room_is_there():
    assert [room for room in ROOMS if not (PACKAGE / room).is_dir()] == []
