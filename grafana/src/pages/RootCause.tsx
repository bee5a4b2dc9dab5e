import React from 'react';
export default function RootCause({ name }: { name: string }) { return <div>RootCause {name}</div>; }
