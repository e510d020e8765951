//! The rules of the kitchen, one file a rule or a matter; each test's name begins with the code of the rule it
//! holds, or with the word of the matter.

mod hall;
mod kitchen;

mod authority;
mod hold_and_fire;
mod k10_refusals;
mod k11_two_taps;
mod k1_one_order_a_guest;
mod k2_numbers;
mod k4_to_k7_a_dish_on_its_way;
mod k6_the_guest_is_told;
mod k8_cancelling;
mod k9_guest_leaves;
mod m2_calls;
mod m2_to_m6_who_is_told;
mod m4_queue;
mod m4_simulated;
mod m5_second_look;
mod menu;
mod model;
mod move_guest;
mod orders;
mod recall;
mod remake;
mod restart;
mod rush;
mod service;
mod sold_out;
mod split;
mod stations;
mod uplink;
mod uplink_weather;
mod void;
