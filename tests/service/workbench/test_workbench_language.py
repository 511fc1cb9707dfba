"""The workbench in another language: what the browser asks for at first, then what is chosen in the header."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import Window, faults_of, overflow_of
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.unmeasured

# What each page is called in Spanish.
PAGES = {
    "/": "Catálogo",
    "/actions/track": "Registrar un evento",
    "/actions/delete_source": "Eliminar una fuente",
    "/debugger": "Depurador de eventos",
    "/ways": "Adónde van los eventos",
    "/triggers": "Disparadores",
    "/triggers/event_received": "Evento recibido",
    "/plans": "Planes de seguimiento",
    "/connections": "Conexiones",
    "/bulk": "Carga masiva",
    "/agents": "Agentes",
    "/author": "Autoría",
}


@pytest.fixture
def spanish(open_window: Callable[..., Window]) -> Window:
    return open_window(locale="es-ES", viewport={"width": 1280, "height": 900})


def lang_of(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


def test_every_page_is_in_the_language_of_the_browser(spanish: Window, subtests: pytest.Subtests) -> None:
    for path, title in PAGES.items():
        with subtests.test(path):
            page = spanish.go(path)
            assert lang_of(page) == "es"
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            expect(page).to_have_title(f"{title} - Conector de Segment")
    assert spanish.faults == []


def test_a_form_is_filled_and_sent_in_spanish(spanish: Window) -> None:
    page = spanish.go("/actions/track")
    page.get_by_label("Nombre del evento").fill("Order Completed")
    page.get_by_label("ID de usuario").fill("u-1")
    page.get_by_role("button", name="Ejecutar en el sandbox").click()
    answer = page.get_by_role("region", name="Respuesta")
    expect(answer).to_contain_text("Aceptado")
    expect(answer).to_contain_text("El nombre del evento aceptado.")
    assert spanish.faults == []


def test_a_question_is_asked_in_spanish(spanish: Window) -> None:
    page = spanish.go("/actions/delete_source")
    page.get_by_label("Fuente").first.fill("qQEHquLrjRDN9j1ByrChyn")
    page.get_by_role("button", name="Ejecutar en el sandbox").click()
    dialog = page.get_by_role("dialog", name="Eliminar una fuente")
    expect(dialog).to_contain_text("no se puede deshacer")
    dialog.get_by_role("button", name="Cancelar").click()
    expect(dialog).to_be_hidden()


def test_the_catalogue_is_searched_and_the_palette_opened_in_spanish(spanish: Window) -> None:
    page = spanish.go("/")
    page.get_by_label("Buscar acciones").fill("eliminar fuente")
    expect(page.locator(".wb-results .wb-action-title").first).to_have_text("Eliminar una fuente")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Ir a")
    expect(palette.get_by_role("option").filter(has_text="Catálogo").first).to_be_visible()


def test_a_language_is_chosen_and_kept(open_window: Callable[..., Window]) -> None:
    window = open_window(locale="en-US")
    page = window.go("/actions/track")
    assert lang_of(page) == "en-US"
    with page.expect_navigation():
        page.get_by_label("Language", exact=True).select_option("es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Registrar un evento")
    assert lang_of(window.go("/connections")) == "es"
    with page.expect_navigation():
        page.get_by_label("Idioma", exact=True).select_option("en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connections")
    assert window.faults == []


def test_a_phone_has_the_languages_in_its_menu(open_window: Callable[..., Window]) -> None:
    page = open_window(locale="es-ES", viewport={"width": 390, "height": 844}, has_touch=True).go("/actions/track")
    assert overflow_of(page) <= 0
    page.get_by_role("button", name="Menú").click()
    expect(page.get_by_label("Idioma, menú")).to_have_value("es")


@pytest.mark.parametrize("path", ["/actions/track", "/connections"])
def test_a_page_in_spanish_fits_every_window_and_axe_finds_no_fault(spanish: Window, path: str) -> None:
    page = spanish.go(path)
    for width in (1920, 1280, 1100, 768, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow_of(page) <= 0, f"at {width} pixels"
    assert faults_of(page, every=True) == []
