/** What people call a carrier account. */
import { useI18n } from 'vue-i18n';

/** The account that stands in the cloud's own settings. */
const SETTINGS = 'default';

export function useCarrierName(): (carrier: string) => string {
  const { t } = useI18n();
  return (carrier) => (carrier === SETTINGS ? t('sms.carrier_default') : carrier);
}
