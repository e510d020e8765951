/** The devices of the shop while the section is open: asked again and again, changed one by one. */
import { ProblemAnswer } from '@shared/requests';
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Desk } from '../../desk';
import { inOrder } from './devices';
import type { Device } from './devices';

const ASK_EVERY_MS = 5_000;

export type DeviceActs = ReturnType<typeof useDevices>;

export function useDevices(desk: Desk) {
  const { t } = useI18n();
  /** `null`: the box has not said yet. */
  const devices = shallowRef<readonly Device[] | null>(null);
  const failed = ref(false);
  /** What went wrong, by the device it was about. */
  const troubles = shallowRef<ReadonlyMap<string, string>>(new Map());
  let timer = 0;

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    try {
      devices.value = inOrder((await desk.get<{ devices: Device[] }>('devices')).devices);
      failed.value = false;
    } catch {
      failed.value = true;
    }
    timer = window.setTimeout(() => void refresh(), ASK_EVERY_MS);
  }

  /** Does it and shows what has become of it. Returns whether it is done. */
  async function attempt(device: Device, act: () => Promise<unknown>): Promise<boolean> {
    const others = new Map([...troubles.value].filter(([id]) => id !== device.device));
    try {
      await act();
      return true;
    } catch (error) {
      others.set(device.device, error instanceof ProblemAnswer ? error.problem.detail : t('devices.no_answer'));
      return false;
    } finally {
      troubles.value = others;
      await refresh();
    }
  }

  function change(device: Device, wanted: { name: string; speaks: boolean }): Promise<boolean> {
    return attempt(device, () => desk.ask('PUT', `devices/${device.device}`, wanted));
  }

  /** Refused when somebody else has moved it meanwhile. */
  function move(device: Device, to: { room?: string; station?: string }): Promise<boolean> {
    return attempt(device, () => desk.ask('PUT', `devices/${device.device}/place`, { expects: device.place, ...to }));
  }

  function revoke(device: Device): Promise<boolean> {
    return attempt(device, () => desk.tell('DELETE', `devices/${device.device}`));
  }

  onMounted(() => void refresh());
  onBeforeUnmount(() => clearTimeout(timer));
  return { devices, failed, troubles, refresh, change, move, revoke };
}
