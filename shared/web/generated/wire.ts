// Generated from the crate `shared`. Do not edit.

/**
 * Who a message is for (M1): one device, or all cashiers of the shop together.
 */
export type AccountId = string;

/**
 * The announcement settings of a shop (播报配置, M3).
 */
export type Announcements = { 
/**
 * What is told where. What has no rule is not told.
 */
rules: Array<Rule>, 
/**
 * How loud a channel is, and when it is quiet. One that is missing is as loud as can be, always.
 */
channels: Array<ChannelSettings>, 
/**
 * What a guest may call for from the pad (pad呼叫).
 */
pad_calls: Array<PadCall>, 
/**
 * The box's sound device by name; none: the one of the settings file.
 */
device?: string, };

/**
 * The settings with their place in the journal; `GET /api/v1/announcements`.
 */
export type AnnouncementsView = { 
/**
 * Changes with each change of the settings.
 */
edited: number, 
/**
 * The settings.
 */
announcements: Announcements, };

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
 * Rooms that the kitchen treats alike.
 */
export type Area = { 
/**
 * Its id.
 */
area: AreaId, 
/**
 * Its name.
 */
name: Name, 
/**
 * Its rooms.
 */
rooms: Array<RoomName>, };

/**
 * A group of rooms that the kitchen treats alike.
 */
export type AreaId = string;

/**
 * What the rooms of one area order is made at these stations instead. The more a route says, the more it weighs:
 * a dish before a category before everything.
 */
export type AreaRoute = { 
/**
 * The area.
 */
area: AreaId, 
/**
 * Only this dish.
 */
dish?: DishId, 
/**
 * Only this category.
 */
category?: CategoryId, 
/**
 * Where it is made.
 */
stations: Array<StationId>, };

/**
 * An attendant (技师) as colleagues call them, by number or by name.
 */
export type AttendantName = string;

/**
 * What a device did with a message.
 */
export type Became = "acknowledged" | "spoken" | "silent";

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
 * Open orders, oldest first. A completed one stays while the kitchen has not seen that it is.
 */
orders: Array<OrderView>, 
/**
 * Guests who call for service, the first first.
 */
calls: Array<ServiceCall>, 
/**
 * Attendants on duty (上钟), by name. No pad is told.
 */
on_duty?: Array<AttendantName>, };

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
 * The orders that changed, whole. A completed one leaves the board, unless a line of it has a notice.
 */
orders: Array<OrderView>, 
/**
 * Orders that are no longer this pad's to see: their guest has moved.
 */
gone?: Array<OrderId>, 
/**
 * Everybody who calls for service, when that has changed.
 */
calls?: Array<ServiceCall>, 
/**
 * Everybody on duty, when that has changed. No pad is told.
 */
on_duty?: Array<AttendantName>, };

/**
 * A brand: the tenant that owns shops and pays for SMS.
 */
export type BrandId = string;

/**
 * The day of business of a shop: from its reset hour (03:00) to the next (K2).
 */
export type BusinessDay = string;

/**
 * A call: somebody is to be told something (M2, `SendImCall`).
 */
export type Call = { 
/**
 * The brand; this box's own.
 */
brand: BrandId, 
/**
 * The shop; this box's own.
 */
shop: ShopId, 
/**
 * What it is about.
 */
event: MessageEvent, 
/**
 * What it does where it arrives.
 */
kind: MessageKind, 
/**
 * Where to; none: wherever the settings say. A channel that the settings turn off stays off (M3).
 */
channels?: Array<Channel>, 
/**
 * What goes into the words, at most 20, each at most 200 characters. Those without a place in the template
 * travel along.
 */
params?: { [key in string]: string }, 
/**
 * Only these accounts of the channels, at most 200; none: all.
 */
designated?: Array<AccountId>, 
/**
 * In which words; a pad call needs it.
 */
template?: TemplateId, };

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
name: Name, 
/**
 * Where its dishes are made, but for those that say otherwise.
 */
stations: Array<StationId>, };

/**
 * A category of the menu.
 */
export type CategoryId = string;

/**
 * What a guest must not eat, or does not (忌口). The kitchen sees it larger than anything else.
 */
export type Caution = { 
/**
 * Whether it would harm the guest.
 */
kind: CautionKind, 
/**
 * In words: 花生过敏, 不吃猪肉.
 */
name: Name, };

/**
 * How grave a caution is.
 */
export type CautionKind = "allergy" | "diet";

/**
 * A kind of place that a message goes to (端).
 */
export type Channel = "speaker" | "kitchen" | "call_screen" | "cashier" | "staff" | "pad" | "tencent_im" | "webhook";

/**
 * How loud a channel is, and when it is quiet.
 */
export type ChannelSettings = { 
/**
 * The channel.
 */
channel: Channel, 
/**
 * How loud its loudest message is.
 */
volume: Volume, 
/**
 * When nothing of it is told.
 */
quiet?: QuietHours, };

/**
 * One wish. Whether it is granted is decided by the rules of the kitchen (K1–K9).
 *
 * Where a command takes `portions`, fewer than the line has go on as a line of their own (分批上菜). Where it takes
 * `lines`, none means every line of the order that it fits.
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
line: LineId, 
/**
 * How many of its portions; all when left out.
 */
portions?: Quantity, } | { "type": "finish_cooking", 
/**
 * The line.
 */
line: LineId, 
/**
 * How many of its portions; all when left out.
 */
portions?: Quantity, } | { "type": "call_for_pickup", 
/**
 * The line.
 */
line: LineId, } | { "type": "pick_up", 
/**
 * The line.
 */
line: LineId, 
/**
 * How many of its portions; all when left out.
 */
portions?: Quantity, } | { "type": "cancel_line", 
/**
 * The line.
 */
line: LineId, } | { "type": "cancel_order", 
/**
 * The order.
 */
order: OrderId, } | { "type": "hold_lines", 
/**
 * The order.
 */
order: OrderId, 
/**
 * Which of its lines.
 */
lines?: Array<LineId>, } | { "type": "fire_lines", 
/**
 * The order.
 */
order: OrderId, 
/**
 * Which of its lines.
 */
lines?: Array<LineId>, } | { "type": "rush_lines", 
/**
 * The order.
 */
order: OrderId, 
/**
 * Which of its lines.
 */
lines?: Array<LineId>, } | { "type": "acknowledge_notices", 
/**
 * The order.
 */
order: OrderId, 
/**
 * Which of its lines.
 */
lines?: Array<LineId>, } | { "type": "void_line", 
/**
 * The line.
 */
line: LineId, 
/**
 * How many of its portions; all when left out.
 */
portions?: Quantity, 
/**
 * Why, in words, at most 50 characters.
 */
reason: string, 
/**
 * A manager's PIN.
 */
pin: Pin, } | { "type": "remake_line", 
/**
 * The line.
 */
line: LineId, 
/**
 * How many of its portions; all when left out.
 */
portions?: Quantity, 
/**
 * What was wrong, in words, at most 50 characters.
 */
reason: string, } | { "type": "recall_line", 
/**
 * The line.
 */
line: LineId, 
/**
 * The state it is taken back from, in one word: whoever was faster is not taken back as well.
 */
from: RecalledFrom, } | { "type": "move_guest", 
/**
 * Where the guest is.
 */
from: Guest, 
/**
 * Where the guest goes.
 */
to: Guest, 
/**
 * Whether to join a guest who is there.
 */
join: boolean, } | { "type": "call_service", 
/**
 * Who calls.
 */
guest?: Guest, 
/**
 * For what: one of the settings' pad calls.
 */
wish?: TemplateId, } | { "type": "answer_service", 
/**
 * Who had called.
 */
guest: Guest, } | { "type": "send_call", 
/**
 * What, and where to.
 */
call: Call, } | { "type": "start_duty", 
/**
 * Who.
 */
attendant: AttendantName, } | { "type": "end_duty", 
/**
 * Who.
 */
attendant: AttendantName, } | { "type": "clean_room", 
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
dish: DishId, } | { "type": "limit_dish", 
/**
 * The dish.
 */
dish: DishId, 
/**
 * Portions; 0 is sold out.
 */
left: number, } | { "type": "mark_back_on_sale", 
/**
 * The dish.
 */
dish: DishId, } | { "type": "save_menu", 
/**
 * `edited` of the menu that was changed. Another by now: refused, so that nobody's work is lost.
 */
expects: number, 
/**
 * The whole menu.
 */
menu: Menu, } | { "type": "save_kitchen_plan", 
/**
 * `edited` of the plan that was changed.
 */
expects: number, 
/**
 * The whole plan.
 */
plan: KitchenPlan, } | { "type": "save_announcements", 
/**
 * `edited` of the settings that were changed.
 */
expects: number, 
/**
 * All of them.
 */
announcements: Announcements, };

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
 * How its Chinese name is said, where the voice would say it wrongly: pinyin with the tones as digits, one
 * syllable for each character (`zha2 jiang4 mian4`), or characters that sound like it.
 */
said_as?: string, 
/**
 * Price of one portion.
 */
price_fen: Fen, 
/**
 * What the guest may choose, one choice a group.
 */
options: Array<OptionGroup>, 
/**
 * What is in it that may harm a guest.
 */
allergens: Array<Name>, 
/**
 * Where it is made. Empty: where its category is.
 */
stations: Array<StationId>, 
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
 * How much is left of a dish.
 */
export type DishLeft = { 
/**
 * The dish.
 */
dish: DishId, 
/**
 * Portions, above 0.
 */
left: number, };

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
voice_ready: boolean, 
/**
 * Whether the box believes its clock (K2).
 */
clock_trusted: boolean, 
/**
 * Whose screens show what is made at each station. Empty without a kitchen plan.
 */
cover: Array<StationCover>, 
/**
 * Kitchen, pass and call screens that should be listening and are not.
 */
away: Array<DeviceId>, };

/**
 * Seconds between two repetitions.
 */
export type IntervalSeconds = number;

/**
 * The whole plan. An empty one is a kitchen with one screen for everything.
 */
export type KitchenPlan = { 
/**
 * The stations.
 */
stations: Array<Station>, 
/**
 * Groups of rooms, each room in one at most.
 */
areas: Array<Area>, 
/**
 * What is made elsewhere for some rooms.
 */
area_routes: Array<AreaRoute>, 
/**
 * The printers.
 */
printers: Array<Printer>, };

/**
 * The plan of the kitchen; `GET /api/v1/kitchen`. A change of it is announced as one of the menu.
 */
export type KitchenView = { 
/**
 * Changes with each change on the set-up page, and with nothing else.
 */
edited: number, 
/**
 * The plan.
 */
plan: KitchenPlan, };

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
 * When its clock began: when it was ordered or, after it was held, fired.
 */
due_from: string, 
/**
 * The step that brought it there.
 */
last: Step, 
/**
 * How often it was asked for.
 */
rush?: Rush, 
/**
 * What the kitchen has not yet said it has seen.
 */
unseen?: Array<Notice>, 
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
 * What is in it that may harm a guest.
 */
allergens?: Array<Name>, 
/**
 * What this guest must not eat, or does not.
 */
cautions?: Array<Caution>, 
/**
 * What the guest wrote, as written. Screens show it as text, never as markup.
 */
note?: string, 
/**
 * Seconds from the order, or from the firing of what was held, until it should be ready.
 */
target_s: number, 
/**
 * Where it is made. Empty: nobody said, so every kitchen screen shows it as unrouted.
 */
stations?: Array<StationId>, 
/**
 * Whether it was ordered to be made later (等叫).
 */
held?: boolean, 
/**
 * The line that it is made again for (重做).
 */
remake_of?: LineId, } & ({ "state": "held" } | { "state": "waiting" } | { "state": "cooking", 
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
reason: CancelReason, } | { "state": "voided", 
/**
 * When.
 */
voided_at: string, 
/**
 * Why, in words.
 */
reason: string, 
/**
 * By whose word.
 */
approved_by: ManagerName, } | { "state": "remade", 
/**
 * When.
 */
remade_at: string, 
/**
 * That line.
 */
again: LineId, });

/**
 * A manager (店长), by whose word a started dish is taken back.
 */
export type ManagerName = string;

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
dishes: Array<Dish>, 
/**
 * What guests of this shop may say they must not eat, or do not.
 */
cautions: Array<Caution>, };

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
 * Changes with each change on the set-up page, and with nothing else.
 */
edited: number, 
/**
 * The menu.
 */
menu: Menu, 
/**
 * Dishes that cannot be ordered now (估清).
 */
sold_out: Array<DishId>, 
/**
 * Dishes of which only so many portions are left.
 */
limited: Array<DishLeft>, };

/**
 * A message as a device gets it, on `l1/msg/{account}`. It may come twice; the id tells.
 */
export type Message = { 
/**
 * Which: one target, one repetition (M4).
 */
id: MessageId, 
/**
 * What it is about.
 */
event: MessageEvent, 
/**
 * What it does.
 */
kind: MessageKind, 
/**
 * The channel by which the device was meant.
 */
channel: Channel, 
/**
 * As written. Empty for a refresh.
 */
text: string, 
/**
 * Who it is about.
 */
guest?: Guest, 
/**
 * The call's parameters.
 */
params: { [key in string]: string }, 
/**
 * The how-manieth time this is …
 */
nth: number, 
/**
 * … of how many at most.
 */
times: number, 
/**
 * By the box's clock.
 */
at: string, 
/**
 * Seconds from `at` for which it is worth telling.
 */
good_for_s: number, 
/**
 * Set when this device is to say it: fetch `/api/v1/messages/{id}/sound` (WAV, chime included) and play it as
 * loud as this.
 */
speak?: Volume, };

/**
 * What a message is about.
 */
export type MessageEvent = "order_placed" | "lines_fired" | "lines_rushed" | "line_voided" | "line_cancelled" | "left_behind" | "pickup_called" | "service_called" | "attendant_called" | "notice";

/**
 * One message to one target, one repetition (M4). It is sent on once.
 */
export type MessageId = string;

/**
 * What a message does where it arrives (M2). In brackets the owner's number.
 */
export type MessageKind = "announce" | "refresh" | "notify" | "pad_call";

/**
 * Why a message was not told (M5, M9).
 */
export type MessageReason = "turned_off" | "quiet_hours" | "too_old" | "too_many" | "said_together" | "started" | "no_longer_so" | "picked_up" | "answered" | "seen" | "guest_left" | "off_duty" | "device_gone" | "no_answer" | "not_heard" | "voice_off";

/**
 * The life of one message to one target (M4, M9); `GET /api/v1/messages`.
 */
export type MessageRecord = { 
/**
 * Which.
 */
id: MessageId, 
/**
 * Sequence number of the fact that called for it.
 */
call: number, 
/**
 * What it is about.
 */
event: MessageEvent, 
/**
 * What it does.
 */
kind: MessageKind, 
/**
 * By which channel …
 */
channel: Channel, 
/**
 * … to whom. The box's own loudspeaker is the account `box`.
 */
account: AccountId, 
/**
 * As written.
 */
text: string, 
/**
 * Who it is about.
 */
guest?: Guest, 
/**
 * The how-manieth time this is …
 */
nth: number, 
/**
 * … of how many at most.
 */
times: number, 
/**
 * Where it stands.
 */
state: MessageState, 
/**
 * Why it is skipped or failed.
 */
reason?: MessageReason, 
/**
 * Its life, the first step first: `queued` and whatever followed, each with the box's clock.
 */
steps: Array<MessageStep>, };

/**
 * What a device says about a message, on `l1/ack/{device}`.
 */
export type MessageReport = { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * What became of it.
 */
became: Became, };

/**
 * Where a message stands (M9).
 */
export type MessageState = "queued" | "sent" | "acknowledged" | "spoken" | "skipped" | "failed";

/**
 * One step in the life of a message.
 */
export type MessageStep = { 
/**
 * When.
 */
at: string, 
/**
 * What it became.
 */
state: MessageState, };

/**
 * A guest's way to another room (换房). The lines stay as they are.
 */
export type Move = { 
/**
 * Where the guest was before.
 */
from: Guest, 
/**
 * When.
 */
at: string, 
/**
 * The device.
 */
by: DeviceId, };

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
 * Something about a line that the kitchen has to say it has seen. It stays until then.
 */
export type Notice = "rushed" | "voided" | "left_behind";

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
 * Who it is for now.
 */
guest: Guest, 
/**
 * Where the guest was before, oldest first (换房).
 */
moves?: Array<Move>, 
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
lines: Array<LineView>, 
/**
 * The messages to the guest's phone, the first first. No pad is told.
 */
sms?: Array<SmsView>, };

/**
 * Something that a guest may call for.
 */
export type PadCall = { 
/**
 * Its number, which never means anything else.
 */
template: TemplateId, 
/**
 * As it stands on the pad.
 */
name: Name, 
/**
 * As it is told, with `{roomName}`.
 */
text: string, };

/**
 * Width of a printer's paper.
 */
export type Paper = "58mm" | "80mm";

/**
 * A mainland mobile number, 11 digits. It never appears in a log: both `Debug` and `Display` hide it.
 */
export type PhoneNumber = string;

/**
 * A manager's PIN as it was typed. It is compared, and neither kept nor logged.
 */
export type Pin = string;

/**
 * When a printer prints.
 */
export type PrintMode = "always" | "fallback";

/**
 * A ticket printer.
 */
export type Printer = { 
/**
 * Its id.
 */
printer: PrinterId, 
/**
 * Its name.
 */
name: Name, 
/**
 * How it is reached.
 */
at: PrinterAddress, 
/**
 * Width of its paper.
 */
paper: Paper, 
/**
 * The stations whose lines it prints. Empty: everything.
 */
stations: Array<StationId>, 
/**
 * When it prints.
 */
prints: PrintMode, };

/**
 * How a printer is reached.
 */
export type PrinterAddress = { "kind": "network", 
/**
 * Address and port.
 */
address: string, } | { "kind": "device", 
/**
 * As in `/dev/usb/lp0`.
 */
path: string, };

/**
 * A ticket printer.
 */
export type PrinterId = string;

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
 * Hours of the shop's own clock, from the first to the last, past midnight when the first is the later.
 */
export type QuietHours = { 
/**
 * The first minute of quiet.
 */
from: string, 
/**
 * The first minute after it.
 */
until: string, };

/**
 * A state that a step can be taken back from.
 */
export type RecalledFrom = "cooking" | "ready" | "notified" | "picked_up";

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
 * `place` of the session it was asked in. A pad that has been moved since is refused.
 */
place?: number, 
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
export type Role = "pad" | "kitchen" | "expo" | "call_screen" | "speaker" | "staff" | "cashier";

/**
 * A room as people call it: `801`, `牡丹厅`.
 */
export type RoomName = string;

/**
 * Whether and how one event reaches one channel (M3).
 */
export type Rule = { 
/**
 * The event …
 */
event: MessageEvent, 
/**
 * … about such a guest …
 */
source: Source, 
/**
 * … to this channel. No two rules have all three in common.
 */
channel: Channel, 
/**
 * Whether it is told.
 */
on: boolean, 
/**
 * In which words, with `{placeholders}` (M6). A refresh needs none.
 */
template: string, 
/**
 * How often in all, 1 to 10.
 */
times: Times, 
/**
 * Seconds from one time to the next, 5 to 3600.
 */
interval_s: IntervalSeconds, 
/**
 * How loud, where it is spoken.
 */
volume: Volume, 
/**
 * When it is not told at all.
 */
quiet?: QuietHours, };

/**
 * How often a line was asked for (催菜), and the last who did.
 */
export type Rush = { 
/**
 * How often.
 */
count: number, 
/**
 * The last time.
 */
last: Step, };

/**
 * A guest who calls for service (呼叫服务).
 */
export type ServiceCall = { 
/**
 * Who.
 */
guest: Guest, 
/**
 * For what, if they said so.
 */
wish?: TemplateId, 
/**
 * When.
 */
at: string, 
/**
 * The device.
 */
by: DeviceId, };

/**
 * Who a device is, answered to its credential.
 */
export type Session = { 
/**
 * The device.
 */
device: DeviceId, 
/**
 * Who it is to messages (M1): itself or, for every cashier, the shop's cashiers.
 */
account: AccountId, 
/**
 * What it is.
 */
role: Role, 
/**
 * Grows each time the device is moved. With a new one a pad forgets its guest: basket, language, unsent wishes.
 */
place: number, 
/**
 * Whether it says announcements aloud.
 */
speaks: boolean, 
/**
 * The room it stands in; pads only.
 */
room?: RoomName | null, 
/**
 * The station it stands at; kitchen screens only.
 */
station?: StationId | null, 
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
 * Why a guest does not get an SMS.
 */
export type SmsFailure = "no_units" | "too_late" | "opted_out" | "cancelled" | "unsendable" | "refused" | "undelivered" | "no_receipt";

/**
 * One request to send an SMS, unique for ever: the cloud charges it at most once (S8).
 */
export type SmsId = string;

/**
 * What became of it.
 */
export type SmsResult = { "state": "sent" } | { "state": "delivered" } | { "state": "failed", 
/**
 * Why.
 */
reason: SmsFailure, 
/**
 * The carrier's own code, an open list. Empty where the carrier has no say.
 */
code?: string, };

/**
 * An SMS about an order as screens see it. Guests' pads are not told.
 */
export type SmsView = { 
/**
 * The message.
 */
sms: SmsId, 
/**
 * The round of the order whose dish is ready.
 */
round: number, 
/**
 * When the box asked for it or, since there is a result, heard of that.
 */
at: string, 
/**
 * What the cloud has said. None: nothing yet, or it is of a version that says nothing.
 */
result?: SmsResult, };

/**
 * How the guest is known, by which the settings tell orders apart (K3).
 */
export type Source = "room" | "wristband" | "shop";

/**
 * A station (档口).
 */
export type Station = { 
/**
 * Its id.
 */
station: StationId, 
/**
 * Its name.
 */
name: Name, 
/**
 * Whose screens show its lines while none of its own is there.
 */
backup?: StationId, };

/**
 * Whose screens show what is made at a station right now.
 */
export type StationCover = { 
/**
 * The station.
 */
station: StationId, 
/**
 * The station whose screens show it: itself, or a back-up.
 */
shown_by?: StationId, 
/**
 * Whether no screen shows it, so that it is in the tray which every kitchen screen, the pass and the cashier
 * show. A screen for the whole kitchen keeps it out of there.
 */
in_tray: boolean, };

/**
 * A station of the kitchen (档口): where a dish is made.
 */
export type StationId = string;

/**
 * A step: who took it, and when by the box's clock.
 */
export type Step = { 
/**
 * When.
 */
at: string, 
/**
 * The device.
 */
by: DeviceId, };

/**
 * The number of a template of pad calls.
 */
export type TemplateId = number;

/**
 * How often something is told in all.
 */
export type Times = number;

/**
 * Loudness in percent.
 */
export type Volume = number;

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
 * What the guest must not eat, or does not; each one of the menu's cautions.
 */
cautions?: Array<Name>, 
/**
 * To be made later, when it is called for (等叫).
 */
hold?: boolean, 
/**
 * A wish in words, at most 200 characters.
 */
note?: string, };

/**
 * The number on a wristband (手牌).
 */
export type WristbandNumber = string;
