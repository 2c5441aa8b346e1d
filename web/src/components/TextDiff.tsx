import { lazy, Suspense } from "react";

const View = lazy(() => import("./TextDiffView"));

/** What was changed from one text to another, word by word. The comparison is loaded on demand. */
export function TextDiff(props: { before: string; after: string }) {
  return <Suspense fallback={<span className="muted">Comparing …</span>}><View {...props} /></Suspense>;
}
