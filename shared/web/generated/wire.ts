// Generated from the crate `shared`. Do not edit.

/**
 * The answer to a command that was granted, or that had nothing left to do.
 */
export type Answer = { 
/**
 * Revision of the board with this command in it.
 */
revision: number, 
/**
 * The orders it touched, as they are now (K11: the slower of two taps sees the same).
 */
orders: Array<OrderView>, };

/**
 * Everything open at one moment. For a pad: its room's order alone.
 */
export type Board = { 
/**
 * Sequence number of the last fact in it.
 */
revision: number, 
/**
 * The current business day; an order of an earlier one is yesterday's (K2).
 */
day: BusinessDay, 
/**
 * The box's clock, by which every timer runs.
 */
now: string, 
/**
 * Open orders, oldest first.
 */
orders: Array<OrderView>, };

/**
 * What one commit changed, on `l1/board` and, for a pad, on `l1/view/{device}`.
 */
export type BoardEvent = { 
/**
 * Revision of the event before it on this topic. Above the screen's own: it missed one and fetches.
 */
after: number, 
/**
 * The revision with it.
 */
revision: number, 
/**
 * The current business day.
 */
day: BusinessDay, 
/**
 * The orders that changed, whole. A completed one leaves the board.
 */
orders: Array<OrderView>, };

/**
 * A brand: the tenant that owns shops and pays for SMS.
 */
export type BrandId = string;

/**
 * The day of business of a shop: from its reset hour (03:00) to the next (K2).
 */
export type BusinessDay = string;

/**
 * Why a line was cancelled.
 */
export type CancelReason = "asked" | "guest_left";

/**
 * A group of dishes.
 */
export type Category = { 
/**
 * Its id.
 */
category: CategoryId, 
/**
 * Its name.
 */
name: Name, };

/**
 * A category of the menu.
 */
export type CategoryId = string;

/**
 * One wish. Whether it is granted is decided by the rules of the kitchen (K1–K9).
 */
export type Command = { "type": "place_order", 
/**
 * Who it is for.
 */
guest?: Guest, 
/**
 * What, at most 100 lines.
 */
lines: Array<WantedLine>, 
/**
 * Where to send "your dish is ready".
 */
phone?: PhoneNumber, } | { "type": "start_cooking", 
/**
 * The line.
 */
line: LineId, } | { "type": "finish_cooking", 
/**
 * The line.
 */
line: LineId, } | { "type": "call_for_pickup", 
/**
 * The line.
 */
line: LineId, } | { "type": "pick_up", 
/**
 * The line.
 */
line: LineId, } | { "type": "cancel_line", 
/**
 * The line.
 */
line: LineId, } | { "type": "cancel_order", 
/**
 * The order.
 */
order: OrderId, } | { "type": "clean_room", 
/**
 * The room.
 */
room: RoomName, } | { "type": "return_wristband", 
/**
 * The wristband.
 */
wristband: WristbandNumber, } | { "type": "mark_sold_out", 
/**
 * The dish.
 */
dish: DishId, } | { "type": "mark_back_on_sale", 
/**
 * The dish.
 */
dish: DishId, };

/**
 * One device, which is one account (M1). It stays the same when the device moves to another room.
 */
export type DeviceId = string;

/**
 * One dish.
 */
export type Dish = { 
/**
 * Its id.
 */
dish: DishId, 
/**
 * Where it stands in the menu.
 */
category: CategoryId, 
/**
 * Its name.
 */
name: Name, 
/**
 * Price of one portion.
 */
price_fen: Fen, 
/**
 * What the guest may choose, one choice a group.
 */
options: Array<OptionGroup>, 
/**
 * What may harm a guest: shown large in the kitchen.
 */
allergens: Array<Name>, 
/**
 * Seconds from the order until it should be ready.
 */
target_s: number, 
/**
 * File name of its picture under the pages' `/dishes/`, if it has one.
 */
picture?: string | null, };

/**
 * A dish of the menu.
 */
export type DishId = string;

/**
 * Money in fen, a hundredth of a yuan.
 */
export type Fen = number;

/**
 * The one who ordered (K1): the room's current stay, or a wristband until it is handed back.
 */
export type Guest = { "kind": "room", 
/**
 * The room.
 */
room: RoomName, } | { "kind": "wristband", 
/**
 * The number on it.
 */
wristband: WristbandNumber, };

/**
 * On `l1/hb` every 2 s. A screen that has heard none for 5 s says that it is stale.
 */
export type Heartbeat = { 
/**
 * The box's run: another one means it restarted, so everything is fetched anew.
 */
run: string, 
/**
 * Revision of the board.
 */
revision: number, 
/**
 * Revision of the menu and of what is sold out.
 */
menu_revision: number, 
/**
 * The box's clock.
 */
now: string, 
/**
 * Whether the cloud answers. The shop works either way.
 */
cloud_online: boolean, 
/**
 * Whether announcements are spoken.
 */
voice_ready: boolean, };

/**
 * One dish line of an order.
 */
export type LineId = string;

/**
 * A line as screens see it.
 */
export type LineView = { 
/**
 * 0 for what was ordered first, 1, 2 … for additions (加菜, K1).
 */
round: number, 
/**
 * When it was ordered.
 */
placed_at: string, 
/**
 * Its id, for ever.
 */
line: LineId, 
/**
 * The dish.
 */
dish: DishId, 
/**
 * Its name when it was ordered.
 */
name: Name, 
/**
 * Portions.
 */
quantity: Quantity, 
/**
 * Price of one portion when it was ordered.
 */
price_fen: Fen, 
/**
 * What the guest chose.
 */
options?: Array<Name>, 
/**
 * What may harm a guest.
 */
allergens?: Array<Name>, 
/**
 * What the guest wrote, as written. Screens show it as text, never as markup.
 */
note?: string, 
/**
 * Seconds from the order until it should be ready.
 */
target_s: number, } & ({ "state": "waiting" } | { "state": "cooking", 
/**
 * When it was started.
 */
started_at: string, } | { "state": "ready", 
/**
 * When it was finished.
 */
ready_at: string, } | { "state": "notified", 
/**
 * When it was finished.
 */
ready_at: string, 
/**
 * When the waiter was first called.
 */
called_at: string, } | { "state": "picked_up", 
/**
 * When it left.
 */
picked_up_at: string, } | { "state": "cancelled", 
/**
 * Why.
 */
reason: CancelReason, });

/**
 * The whole menu of a shop, in the order of the pad's pages.
 */
export type Menu = { 
/**
 * The rail at the pad's left.
 */
categories: Array<Category>, 
/**
 * Every dish, in order within its category.
 */
dishes: Array<Dish>, };

/**
 * On `l1/menu`: fetch the menu again if yours is older.
 */
export type MenuEvent = { 
/**
 * The newest revision.
 */
revision: number, };

/**
 * The menu with what is sold out at the moment; `GET /api/v1/menu`, announced by `l1/menu`.
 */
export type MenuView = { 
/**
 * Changes with the menu and with each sold-out dish.
 */
revision: number, 
/**
 * The menu.
 */
menu: Menu, 
/**
 * Dishes that cannot be ordered now (估清).
 */
sold_out: Array<DishId>, };

/**
 * A text in the two languages of our pages. Chinese is what is spoken and printed.
 */
export type Name = { 
/**
 * Chinese.
 */
zh: string, 
/**
 * English.
 */
en: string, };

/**
 * A question about a dish: how spicy, which sauce. The first choice is the usual one.
 */
export type OptionGroup = { 
/**
 * The question.
 */
name: Name, 
/**
 * The answers, of which a line takes at most one.
 */
choices: Array<Name>, };

/**
 * One guest visit. It is the id of the request that opened it.
 */
export type OrderId = string;

/**
 * The number of an order within its business day, from 1. People see `#01` … `#99`, `#100` (K2).
 */
export type OrderNumber = number;

/**
 * Where a whole order is. It is derived from its lines, but for the end, which the guest's leaving decides.
 */
export type OrderState = "waiting" | "cooking" | "ready" | "served" | "cancelled" | "completed";

/**
 * An order as screens see it. It holds nothing personal: the phone number stays in the journal.
 */
export type OrderView = { 
/**
 * Its id.
 */
order: OrderId, 
/**
 * Its number in its business day; shown as `#01`.
 */
number: OrderNumber, 
/**
 * The business day of that number. Earlier than the board's day: yesterday's (K2).
 */
day: BusinessDay, 
/**
 * Who it is for.
 */
guest: Guest, 
/**
 * The device that opened it.
 */
placed_by: DeviceId, 
/**
 * When it was opened.
 */
placed_at: string, 
/**
 * Derived from the lines.
 */
state: OrderState, 
/**
 * Sequence number of the last fact about it: of two views the higher is the newer.
 */
revision: number, 
/**
 * Its lines, in the order they were placed.
 */
lines: Array<LineView>, };

/**
 * A mainland mobile number, 11 digits. It never appears in a log: both `Debug` and `Display` hide it.
 */
export type PhoneNumber = string;

/**
 * What went wrong, for a machine (`code`) and for the person (`detail`). Nothing was changed.
 */
export type Problem = { 
/**
 * `urn:chuancai:problem:{code}`.
 */
type: string, 
/**
 * Stable, machine-readable: `already_started`.
 */
code: string, 
/**
 * HTTP status.
 */
status: number, 
/**
 * A sentence for the person, in the language they asked for: what happened and what to do.
 */
detail: string, 
/**
 * What it is about, when that helps: the ids of the lines that have started, the field that differs.
 */
about?: Array<string>, };

/**
 * Portions of a dish on one line, 1 to 99 (份).
 */
export type Quantity = number;

/**
 * The reply on `l1/rep/{device}`: an answer or a problem, never both.
 */
export type Reply = { 
/**
 * The request.
 */
id?: RequestId, } & ({ "answer": Answer } | { "problem": Problem });

/**
 * A request on `l1/req/{device}`.
 */
export type Request = { 
/**
 * Minted by the device and kept until the reply (K11).
 */
id: RequestId, 
/**
 * The wish.
 */
command: Command, };

/**
 * One request, minted and kept by the asker before the first try (K11). A repeat gets the same answer.
 */
export type RequestId = string;

/**
 * What a device is, which decides what it may see and ask.
 */
export type Role = "pad" | "kitchen" | "call_screen" | "cashier";

/**
 * A room as people call it: `801`, `牡丹厅`.
 */
export type RoomName = string;

/**
 * Who a device is, answered to its credential.
 */
export type Session = { 
/**
 * The device.
 */
device: DeviceId, 
/**
 * What it is.
 */
role: Role, 
/**
 * The room it stands in; pads only.
 */
room?: RoomName | null, 
/**
 * The brand.
 */
brand: BrandId, 
/**
 * The shop.
 */
shop: ShopId, 
/**
 * The shop's name as guests know it.
 */
shop_name: string, 
/**
 * The shop's time zone, as in `Asia/Shanghai`.
 */
time_zone: string, };

/**
 * A shop of a brand.
 */
export type ShopId = string;

/**
 * A dish as a guest asks for it.
 */
export type WantedLine = { 
/**
 * The dish.
 */
dish: DishId, 
/**
 * Portions.
 */
quantity: Quantity, 
/**
 * Chosen options, each one of the dish's.
 */
options?: Array<Name>, 
/**
 * A wish in words, at most 200 characters.
 */
note?: string, };

/**
 * The number on a wristband (手牌).
 */
export type WristbandNumber = string;
