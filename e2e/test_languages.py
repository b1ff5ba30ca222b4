"""The page in one's own language, while posts in any arrive."""

from playwright.sync_api import expect


def test_a_reader_in_german_sees_german_words_arrive(author, visitor):
    reader = visitor(locale="de-DE").reads("/")
    expect(reader.page.locator("html")).to_have_attribute("lang", "de")
    reader.is_live()
    expect(reader.page.locator("#conn")).to_have_text("live", use_inner_text=True)

    author.posts("Der Zauberberg")

    card = reader.page.locator(".post").first
    expect(card).to_contain_text("Der Zauberberg")
    expect(card.get_by_role("button", name="Gefällt mir")).to_be_visible()
    expect(card.get_by_text("gerade eben")).to_have_count(0)
    expect(card.get_by_text("Kommentieren", exact=True)).to_be_visible()
    expect(card.get_by_text("Comment", exact=True)).to_be_hidden()
    reader.has_not_reloaded()


def test_one_changes_the_language_in_the_settings(visitor):
    reader = visitor().signs_up("polyglot").goes_to("/accounts/settings/")
    page = reader.page
    page.get_by_label("Language optional").select_option(label="Español")
    page.get_by_label("Time zone").select_option("Europe/Madrid")

    page.get_by_role("button", name="Save").click()

    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tus ajustes")
    expect(page.locator("[name=language]")).to_have_value("es")
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator("#messages")).to_contain_text("ajustes")
