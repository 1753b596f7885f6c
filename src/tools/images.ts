/** What tools say of one image. */

import type { Static } from 'typebox';
import type { ImageState } from '../host/docker/image-state.ts';
import { bytes, maybe, record, text, time } from './schema.ts';

export const imageRecord = (description: string) =>
  record(
    {
      id: text('Id', 128),
      digest: maybe(text('By which the registry knows it', 256)),
      sizeBytes: bytes('Shared layers included'),
      createdAt: maybe(time('When it was built')),
    },
    description,
  );

export const shownImage = ({
  id,
  digest,
  sizeBytes,
  createdAt,
}: ImageState): Static<ReturnType<typeof imageRecord>> => ({
  id,
  sizeBytes,
  ...(digest === undefined ? {} : { digest }),
  ...(createdAt === undefined ? {} : { createdAt }),
});
