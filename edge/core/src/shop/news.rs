//! What the cloud's news mean here.

use shared::fact::Fact;
use shared::sync::News;

use super::Shop;

impl Shop {
    /// The fact that a piece of news is, with its order. `None`: it is known already, or its order has left the board,
    /// and with it whoever would look.
    pub fn learn(&self, news: &News) -> Option<Fact> {
        match news {
            News::Sms { sms, order, result } => {
                let asked = self.orders.get(order)?.view().sms.iter().find(|asked| asked.sms == *sms)?;
                let is_new = result.is_after(asked.result.as_ref());
                is_new.then(|| Fact::SmsAnswered { sms: *sms, order: *order, result: result.clone() })
            }
        }
    }
}
