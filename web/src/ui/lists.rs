//! The second window: lists for a second monitor, in step with the desk's map.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::tables::{Asked, MOST, Row, TABLES, Table, Voice, export, list, matching};
use crate::words::Arg;

use super::app::{dress, load_centre};
use super::desk::Desk;
use super::head::{Head, LineBanner};
use super::net::{Net, Screen};
use super::threat::Threats;
use super::{hook, print_page, scroll_into_sight, set_root, step, zone};

/// Seconds between two looks at the ages.
const LOOK_S: i64 = 2;

/// What the window shows.
#[derive(Clone, Copy)]
struct Window {
    desk: StoredValue<Desk, LocalStorage>,
    asked: RwSignal<Asked>,
    /// Rows, how many match, how many there are.
    shown: Memo<(Vec<Row>, usize, usize)>,
}

impl Window {
    /// What the panels of a desk share.
    fn desk(self) -> Desk {
        self.desk.get_value()
    }
}

fn with_voice<T>(desk: Desk, f: impl FnOnce(Voice<'_>) -> T) -> T {
    let (zone, now) = (desk.zone.get(), desk.now.get_untracked());
    let (lang, mode) = (desk.lang.get(), desk.mode.get());
    let clock = move |t| zone::clock_or_day(t, now, zone);
    desk.centre.with(|centre| {
        f(Voice {
            centre,
            lang,
            now,
            mode,
            clock: &clock,
        })
    })
}

/// The window.
#[component]
pub(crate) fn ListsApp() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    let net = Net::start(desk, Screen::Desk);
    hook::install(desk, net);
    load_centre(desk);
    dress(desk);
    Threats::provide(desk);
    step::start(desk, true);
    let asked = RwSignal::new(Asked {
        table: Table::Events,
        column: None,
        down: false,
        words: String::new(),
    });
    let beat = Memo::new(move |_| desk.now.get().as_secs() / LOOK_S);
    let shown = Memo::new(move |_| {
        desk.version.track();
        beat.track();
        let asked = asked.get();
        with_voice(desk, |voice| desk.with_picture(|p| list(p, &asked, voice)))
    });
    let window = Window {
        desk: StoredValue::new_local(desk),
        asked,
        shown,
    };
    let filter = NodeRef::<html::Input>::new();
    keys(window, filter);
    Effect::new(move |_| {
        let lang = desk.lang.get();
        zone::keep("oneroof.lang", lang.tag());
        if let Some(document) = web_sys::window().and_then(|w| w.document()) {
            document.set_title(&format!("OneRoof: {}", desk.w("lists.title")));
        }
        set_root("lang", lang.tag());
    });
    let grey = move || matches!(desk.line.get(), crate::link::Line::Grey(_));
    view! {
        <div id="oneroof" class="lists" class:grey=grey>
            <Head/>
            <LineBanner/>
            <main class="lists-main">
                {bar(window, filter)}
                {table(window)}
                <p class="lists-foot">{move || desk.w("lists.keys")}</p>
            </main>
            <super::ask::AskOfficer/>
            <super::ask::Help/>
        </div>
    }
}

/// Tabs, the filter, what can be taken along.
fn bar(window: Window, filter: NodeRef<html::Input>) -> impl IntoView {
    let (desk, Window { asked, shown, .. }) = (window.desk(), window);
    let tabs = TABLES
        .iter()
        .enumerate()
        .map(|(n, table)| {
            let table = *table;
            let chosen = move || asked.with(|a| a.table == table);
            view! {
                <button role="tab" aria-selected=move || chosen().to_string() class:chosen=chosen
                    on:click=move |_| turn(window, table)>{move || desk.w(table.key())} <kbd>{n + 1}</kbd></button>
            }
        })
        .collect_view();
    let count = move || {
        let (found, there) = shown.with(|s| (s.1, s.2));
        desk.say(
            "lists.count",
            &[("found", Arg::from(found)), ("there", Arg::from(there))],
        )
    };
    view! {
        <div class="lists-bar">
            <div role="tablist" aria-label=move || desk.w("lists.title")>{tabs}</div>
            <input node_ref=filter type="search" autocomplete="off" spellcheck="false" maxlength="200"
                aria-label=move || desk.w("lists.filter") placeholder=move || desk.w("lists.filter")
                prop:value=move || asked.with(|a| a.words.clone())
                on:input=move |e| { let words = event_target_value(&e); asked.update(|a| a.words = words); }/>
            <span class="count" role="status">{count}</span>
            <span class="lists-acts">
                <button on:click=move |_| save(window, true)>{move || desk.w("action.export")}" CSV"</button>
                <button on:click=move |_| save(window, false)>{move || desk.w("action.export")}" GeoJSON"</button>
                <button on:click=|_| print_page()>{move || desk.w("action.print")}</button>
            </span>
        </div>
    }
}

/// Another list, from its own beginning; the filter stays.
fn turn(window: Window, table: Table) {
    window.asked.update(|a| {
        a.table = table;
        a.column = None;
        a.down = false;
    });
}

fn header(desk: Desk, table: Table) -> Vec<String> {
    table.columns().iter().map(|(key, _)| desk.w(key)).collect()
}

/// Gives the browser a file with every row that matches.
fn save(window: Window, as_csv: bool) {
    let (desk, asked) = (window.desk(), window.asked);
    let asked = asked.get_untracked();
    let (rows, _) = untrack(|| {
        with_voice(desk, |voice| {
            desk.with_picture(|p| matching(p, &asked, voice))
        })
    });
    let header = untrack(|| header(desk, asked.table));
    let (text, kind, ending) = if as_csv {
        (export::csv(&header, &rows), "text/csv;charset=utf-8", "csv")
    } else {
        (
            export::geojson(&header, &rows),
            "application/geo+json",
            "geojson",
        )
    };
    let list = asked.table.key().rsplit('.').next().unwrap_or_default();
    // Without a document there is nobody to give it to.
    offer(&text, kind, &format!("oneroof-{list}.{ending}")).unwrap_or_default();
}

fn offer(text: &str, kind: &str, name: &str) -> Result<(), wasm_bindgen::JsValue> {
    let parts = js_sys::Array::of1(&text.into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let document = web_sys::window()
        .and_then(|w| w.document())
        .ok_or("no document")?;
    let link: web_sys::HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&address)
}

/// The list itself.
fn table(window: Window) -> impl IntoView {
    let (desk, Window { asked, shown, .. }) = (window.desk(), window);
    let of = Memo::new(move |_| asked.with(|a| a.table));
    let heads = move || {
        of.get()
            .columns()
            .iter()
            .enumerate()
            .map(|(n, (key, number))| head(window, n, key, *number))
            .collect_view()
    };
    let under = move || {
        let (shown_now, found, there) = shown.with(|s| (s.0.len(), s.1, s.2));
        let words = if there == 0 {
            desk.w("lists.empty")
        } else if found == 0 {
            desk.w("lists.none")
        } else if found > shown_now {
            desk.say(
                "lists.cut",
                &[("most", Arg::from(MOST)), ("found", Arg::from(found))],
            )
        } else {
            return None;
        };
        Some(view! { <p class="none" role="status">{words}</p> })
    };
    view! {
        <div class="lists-scroll">
            <table>
                <thead><tr>{heads}</tr></thead>
                <tbody>
                    <For each=move || shown.with(|s| s.0.clone())
                        key=|r| (r.id.clone(), r.class, r.cells.iter().map(|c| c.text.clone()).collect::<Vec<_>>())
                        children=move |r| line(window, r)/>
                </tbody>
            </table>
            {under}
        </div>
    }
}

fn head(window: Window, n: usize, key: &'static str, number: bool) -> impl IntoView {
    let (desk, asked) = (window.desk(), window.asked);
    let sort = move || {
        asked.with(|a| match (a.column == Some(n), a.down) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        })
    };
    let press = move |_| {
        asked.update(|a| {
            // Up, down, as it came.
            (a.column, a.down) = match (a.column == Some(n), a.down) {
                (false, _) => (Some(n), false),
                (true, false) => (Some(n), true),
                (true, true) => (None, false),
            };
        });
    };
    view! {
        <th scope="col" class:number=number aria-sort=sort>
            <button on:click=press>{move || desk.w(key)}<span class="sorted" aria-hidden="true">{move || match sort() {
                "ascending" => " ▲",
                "descending" => " ▼",
                _ => "",
            }}</span></button>
        </th>
    }
}

fn line(window: Window, row: Row) -> impl IntoView {
    let (desk, asked) = (window.desk(), window.asked);
    let columns = asked.with_untracked(|a| a.table.columns());
    let what = row.chosen.clone();
    let told = what.clone();
    let chosen = Memo::new(move |_| {
        let now = desk.selected.get();
        now.is_some() && now.and_then(|s| step::lasting(desk, &s)) == told
    });
    let cells = row
        .cells
        .into_iter()
        .zip(columns)
        .map(|(c, (_, number))| {
            let title = c.text.clone();
            view! { <td class:number=*number title=title>{c.text}</td> }
        })
        .collect_view();
    let can = what.is_some();
    let choose = move |_| {
        if let Some(s) = what.as_ref().and_then(|w| step::found(desk, w)) {
            desk.select(Some(s));
        }
    };
    view! {
        <tr class=row.class class:chosen=move || chosen.get() class:can=can
            aria-selected=move || chosen.get().to_string() on:click=choose>{cells}</tr>
    }
}

/// Chooses the next row that can be chosen.
fn walk(window: Window, by: isize) {
    let (desk, shown) = (window.desk(), window.shown);
    let now = desk
        .selected
        .get_untracked()
        .and_then(|s| step::lasting(desk, &s));
    let next = shown.with_untracked(|(rows, _, _)| {
        let able: Vec<_> = rows.iter().filter_map(|r| r.chosen.as_ref()).collect();
        let at = able.iter().position(|c| Some(*c) == now.as_ref());
        let to = at.map_or(0, |i| {
            i.saturating_add_signed(by)
                .min(able.len().saturating_sub(1))
        });
        able.get(to).map(|c| (*c).clone())
    });
    if let Some(s) = next.and_then(|c| step::found(desk, &c)) {
        desk.select(Some(s));
        request_animation_frame(|| {
            let row = web_sys::window()
                .and_then(|w| w.document())
                .and_then(|d| d.query_selector("tr.chosen").ok().flatten());
            if let Some(row) = row {
                scroll_into_sight(&row);
            }
        });
    }
}

fn keys(window: Window, filter: NodeRef<html::Input>) {
    let (desk, asked) = (window.desk(), window.asked);
    window_event_listener(ev::keydown, move |e: KeyboardEvent| {
        let typing = e
            .target()
            .and_then(|t| t.dyn_into::<HtmlElement>().ok())
            .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "SELECT"));
        if e.ctrl_key() || e.alt_key() || e.meta_key() || desk.asking.get_untracked() {
            return;
        }
        let digit = e
            .code()
            .strip_prefix("Digit")
            .and_then(|d| d.parse::<usize>().ok());
        match (e.key().as_str(), e.code().as_str()) {
            ("Escape", _) => {
                if desk.help.get_untracked() {
                    desk.help.set(false);
                } else {
                    asked.update(|a| a.words.clear());
                }
            }
            ("ArrowDown", _) => walk(window, 1),
            ("ArrowUp", _) => walk(window, -1),
            _ if typing => return,
            (_, "KeyJ") => walk(window, 1),
            (_, "KeyK") => walk(window, -1),
            ("/", _) | (_, "Slash") if e.key() != "?" => {
                if let Some(f) = filter.get_untracked() {
                    // Without the focus one can still click into it.
                    f.focus().ok();
                }
            }
            ("?", _) => desk.help.update(|h| *h = !*h),
            _ => {
                let Some(table) = digit.and_then(|d| TABLES.get(d.checked_sub(1)?)) else {
                    return;
                };
                turn(window, *table);
            }
        }
        e.prevent_default();
    });
}
